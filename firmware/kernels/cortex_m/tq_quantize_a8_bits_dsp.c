#include "../common/tq_bits.h"
#include "../common/tq_dsp_quantize.h"
#include "tinyq/tq_kernels_bits.h"

/* Channels from `first` on of up to 32, fewer than eight, or with thresholds that none exceeds. */
static void put_some(const tq_quantize_limits *than, int32_t first, int32_t levels, const tq_dsp_eight *eight,
                     const int8_t *x, uint8_t *output) {
  const int32_t left = than->channels - first, count = left < 8 ? left : 8, planes = tq_bits_planes(levels);
  const uint32_t there = (1u << count) - 1;

  for (int32_t row = eight->rows; row > 0; row--, x += eight->depth, output += eight->row) {
    uint32_t above[TQ_QUANTIZE_LEVELS - 1], codes[2];
    for (int32_t i = 0; i < levels - 1; i++) {
      const int8_t *const least = than->least[i] + first;
      above[i] = 0;
      for (int32_t c = 0; c < count; c++) above[i] |= (uint32_t)(x[c] >= least[c]) << c;
      above[i] &= than->possible[i] >> first;
    }
    tq_quantize_planes(above, levels, eight->flip, codes);
    for (int32_t m = 0; m < planes; m++) output[m * eight->plane] = (uint8_t)(codes[m] & there);
  }
}

static void put_eight(const tq_quantize_limits *than, int32_t first, int32_t levels, tq_dsp_eight *eight,
                      const int8_t *x, uint8_t *output) {
  const int32_t cuts = levels == 3 && than->one_cut ? 1 : levels - 1;
  int quick = first + 8 <= than->channels;

  eight->flip = than->flip >> first;
  for (int32_t i = 0; i < cuts; i++) {
    eight->limits[i][0] = tq_load_word(than->least[i] + first);
    eight->limits[i][1] = tq_load_word(than->least[i] + first + 4);
    quick &= (than->possible[i] >> first & UINT8_MAX) == UINT8_MAX;
  }
  if (!quick) {
    put_some(than, first, levels, eight, x, output);
  } else if (cuts == 1) {
    tq_dsp_quantize_signs(eight, x, output);
  } else if (cuts == 2) {
    tq_dsp_quantize_ternary(eight, x, output);
  } else {
    tq_dsp_quantize_two_bits(eight, x, output);
  }
}

/* The last word of each of `rows` rows of a plane, which bytes that no channel has are in. */
static void clear(int32_t words, int32_t rows, int32_t *row) {
  int32_t *last = row + words - 1;

  for (; rows >= 4; rows -= 4, last += 4 * words) last[0] = last[words] = last[2 * words] = last[3 * words] = 0;
  for (; rows > 0; rows--, last += words) *last = 0;
}

void tq_quantize_a8_bits_dsp(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output) {
  const int32_t depth = dims->depth, levels = params->levels, planes = tq_bits_planes(levels);
  const int32_t words = tq_bits_words(depth);
  const int32_t plane = planes > 1 ? 4 * words : 0;
  tq_dsp_eight eight = {.rows = dims->rows, .depth = depth, .plane = plane, .row = 4 * planes * words};

  if (levels > TQ_QUANTIZE_LEVELS) {
    tq_quantize_a8_bits_ref(params, dims, input, output);
    return;
  }
  for (int32_t c = 0; c < depth; c += TQ_WORD_BITS) {
    const tq_quantize_limits than = tq_quantize_limits_of(params, depth, c);
    if (than.channels <= TQ_WORD_BITS - 8) clear(words, dims->rows * planes, output);
    for (int32_t first = 0; first < than.channels; first += 8) {
      put_eight(&than, first, levels, &eight, input + c + first, (uint8_t *)(output + c / TQ_WORD_BITS) + first / 8);
    }
  }
}
