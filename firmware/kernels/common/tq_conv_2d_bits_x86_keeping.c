#include "tinyq/tq_keeping_x86.h"
#include "tq_bits_formulas.h"
#include "tq_x86_signs.h"

#if TQ_X86
enum { MOST_THRESHOLDS = TQ_X86_LANES }; /* with more, codes are found one at a time */

static const tq_bits_output *output_of(const tq_x86_block *block) {
  return &((const tq_conv_bits_params *)block->params)->output;
}

static void prepare(tq_x86_block *block) {
  const tq_bits_output *const how = output_of(block);
  const int32_t thresholds = how->levels - 1;

  block->flip = 0;
  for (int32_t c = 0; how->flip && c < block->count; c++) {
    block->flip |= (uint32_t)how->flip[block->first + c] << c;
  }
  for (int32_t i = 0; i < thresholds && thresholds <= MOST_THRESHOLDS; i++) {
    for (int32_t c = 0; c < TQ_X86_CHANNELS; c++) {
      const int32_t channel = block->first + (c < block->count ? c : 0);
      block->lanes.whole[i][c] = how->thresholds[channel * thresholds + i];
    }
  }
}

TQ_INLINED void put_ternary(int32_t *row, int32_t words, int32_t first, int32_t count, uint32_t flip, uint32_t low,
                            uint32_t high) {
  tq_x86_put_bits(row, first, count, ~low | high);
  tq_x86_put_bits(row + words, first, count, (flip & high) | (~flip & ~low));
}

/* 32 codes of more than 2 levels: bit c of exceeded[i] tells whether channel c's sum exceeds threshold i; see
 * tq_put_code. */
TQ_INLINED void put_codes(const tq_x86_block *block, int32_t p, int32_t levels, const uint32_t *exceeded) {
  const int32_t words = tq_bits_words(block->channels), planes = tq_bits_planes(levels);
  int32_t *const row = (int32_t *)block->output + (block->position + p) * planes * words;
  const uint32_t flip = block->flip;
  uint32_t digits[4] = {0};

  if (levels == 3) {
    put_ternary(row, words, block->first, block->count, flip, exceeded[0], exceeded[1]);
    return;
  }
  for (int32_t i = 0; i < levels - 1; i++) { /* the digits of how many are exceeded */
    uint32_t carry = exceeded[i];
    for (int32_t m = 0; m < planes; m++) {
      const uint32_t before = digits[m];
      digits[m] = before ^ carry;
      carry &= before;
    }
  }
  /* Codes' digits count from the highest code down: inverted, unless flipped. */
  for (int32_t m = 0; m < planes; m++) {
    tq_x86_put_bits(row + m * words, block->first, block->count, digits[m] ^ ~flip);
  }
}

static void write_one_by_one(const tq_x86_block *block) {
  for (int32_t p = 0; p < block->pixels; p++) {
    for (int32_t c = 0; c < block->count; c++) {
      tq_store_sum_bits(output_of(block), NULL, block->position + p, block->channels, block->first + c,
                        block->sums[p][c], block->output);
    }
  }
}

TQ_AVX2 static void write(const tq_x86_block *block) {
  const int32_t levels = output_of(block)->levels;
  uint32_t exceeded[MOST_THRESHOLDS];

  for (int32_t p = 0; p < block->pixels; p++) {
    for (int32_t i = 0; i < levels - 1; i++) {
      const int32_t *const from = block->lanes.whole[i];
      const __m256i thresholds[4] = {tq_x86_load(from), tq_x86_load(from + 8), tq_x86_load(from + 16),
                                     tq_x86_load(from + 24)};
      exceeded[i] = tq_x86_greater(block->sums[p], thresholds);
    }
    put_codes(block, p, levels, exceeded);
  }
}

TQ_AVX512 static void write_avx512(const tq_x86_block *block) {
  const int32_t levels = output_of(block)->levels;
  uint32_t exceeded[MOST_THRESHOLDS];

  for (int32_t p = 0; p < block->pixels; p++) {
    for (int32_t i = 0; i < levels - 1; i++) {
      const int32_t *const from = block->lanes.whole[i];
      exceeded[i] =
          tq_x86_greater_avx512(block->sums[p], _mm512_loadu_si512(from), _mm512_loadu_si512(from + 16));
    }
    put_codes(block, p, levels, exceeded);
  }
}

/* The same of three levels: what does not change is read once. */
TQ_AVX512 static void write_ternary_avx512(const tq_x86_block *block) {
  const int32_t first = block->first, count = block->count, words = tq_bits_words(block->channels);
  const int32_t *const from = block->lanes.whole[0], *const other = block->lanes.whole[1];
  const __m512i low[2] = {_mm512_loadu_si512(from), _mm512_loadu_si512(from + 16)};
  const __m512i high[2] = {_mm512_loadu_si512(other), _mm512_loadu_si512(other + 16)};
  const int32_t pixels = block->pixels;
  const uint32_t flip = block->flip;
  int32_t *row = (int32_t *)block->output + block->position * 2 * words;

  for (int32_t p = 0; p < pixels; p++, row += 2 * words) {
    put_ternary(row, words, first, count, flip, tq_x86_greater_avx512(block->sums[p], low[0], low[1]),
                tq_x86_greater_avx512(block->sums[p], high[0], high[1]));
  }
}

static tq_x86_writer writer_of(int32_t levels) {
  if (levels == 2) return (tq_x86_writer){prepare, tq_x86_write_signs, tq_x86_write_signs_avx512};
  if (levels - 1 > MOST_THRESHOLDS) return (tq_x86_writer){prepare, write_one_by_one, NULL};
  return (tq_x86_writer){prepare, write, levels == 3 ? write_ternary_avx512 : write_avx512};
}
#endif

void tq_conv_2d_bits_x86_keeping(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                                 const int32_t *weights, int32_t *output, void *scratch, void *kept) {
#if TQ_X86
  const tq_x86_writer writer = writer_of(params->output.levels);
  if (tq_x86_run_bits(params, dims, input, weights, NULL, &writer, output, scratch, kept)) return;
#endif
  (void)kept;
  tq_conv_2d_bits_opt(params, dims, input, weights, output, scratch);
}
