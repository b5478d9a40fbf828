#include "../common/tq_bits.h"
#include "../common/tq_dsp.h"
#include "../common/tq_quantize_limits.h"
#include "../common/tq_quantize_planes.h"
#include "../common/tq_sliced_lookup.h"
#include "tinyq/tq_kernels_bits.h"

/* Eight bits: whether each of eight values reaches its limit. */
static inline uint32_t eight(uint32_t low, uint32_t high, const int8_t *least) {
  return tq_sum_of_bytes(tq_mark_at_least(low, tq_load_word(least), 0x08040201u) |
                         tq_mark_at_least(high, tq_load_word(least + 4), 0x80402010u));
}

/* Planes of the channels of a row; levels, and how many of its thresholds differ, are constants. */
TQ_SLICED_INLINE void codes_of(const int8_t *x, const tq_quantize_limits *than, int32_t levels, int32_t cuts, uint32_t *codes) {
  const int32_t channels = than->channels;
  uint32_t first = 0, second = 0, third = 0;
  int32_t c = 0;

  for (; c <= channels - 8; c += 8) {
    const uint32_t low = tq_load_word(x + c), high = tq_load_word(x + c + 4);
    first |= eight(low, high, than->least[0] + c) << c;
    if (cuts > 1) second |= eight(low, high, than->least[1] + c) << c;
    if (cuts > 2) third |= eight(low, high, than->least[2] + c) << c;
  }
  for (; c < channels; c++) {
    first |= (uint32_t)(x[c] >= than->least[0][c]) << c;
    if (cuts > 1) second |= (uint32_t)(x[c] >= than->least[1][c]) << c;
    if (cuts > 2) third |= (uint32_t)(x[c] >= than->least[2][c]) << c;
  }
  if (cuts == 1) second = first;
  const uint32_t above[] = {first & than->possible[0], second & than->possible[1], third & than->possible[2]};
  tq_quantize_planes(above, levels, than->flip, codes);
}

/* Up to 32 channels of all rows; a row's planes are `words` apart. */
TQ_SLICED_INLINE void put_rows(const tq_rows_dims *dims, const tq_quantize_limits *than, int32_t levels, int32_t cuts,
                               const int8_t *input, int32_t words, int32_t *output) {
  const uint32_t there = UINT32_MAX >> (TQ_WORD_BITS - than->channels);
  const int32_t depth = dims->depth, planes = tq_bits_planes(levels);

  for (int32_t row = dims->rows; row > 0; row--, input += depth, output += planes * words) {
    uint32_t codes[2];
    codes_of(input, than, levels, cuts, codes);
    output[0] = (int32_t)(codes[0] & there);
    if (planes > 1) output[words] = (int32_t)(codes[1] & there);
  }
}

void tq_quantize_a8_bits_dsp(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output) {
  const int32_t depth = dims->depth, levels = params->levels, words = tq_bits_words(depth);

  if (levels > TQ_QUANTIZE_LEVELS) {
    tq_quantize_a8_bits_ref(params, dims, input, output);
    return;
  }
  for (int32_t c = 0; c < depth; c += TQ_WORD_BITS, input += TQ_WORD_BITS, output++) {
    const tq_quantize_limits than = tq_quantize_limits_of(params, depth, c);
    if (levels == 2) {
      put_rows(dims, &than, 2, 1, input, words, output);
    } else if (levels == 3 && than.one_cut) {
      put_rows(dims, &than, 3, 1, input, words, output);
    } else if (levels == 3) {
      put_rows(dims, &than, 3, 2, input, words, output);
    } else {
      put_rows(dims, &than, 4, 3, input, words, output);
    }
  }
}
