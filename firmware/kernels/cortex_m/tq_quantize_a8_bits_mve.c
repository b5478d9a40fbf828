#include "../common/tq_mve.h"
#include "../common/tq_mve_quantize.h"
#include "../common/tq_quantize_limits.h"
#include "../common/tq_sliced_lookup.h"
#include "tinyq/tq_kernels_mve.h"

#if TQ_MVE

/* Bits of 32 channels, or of 16: whether each reaches its limit. */
TQ_SLICED_INLINE uint32_t reach(int8x16_t low, int8x16_t high, int wide, const int8_t *least) {
  const uint32_t bits = vcmpgeq_s8(low, vldrbq_s8(least));
  return wide ? bits | (uint32_t)vcmpgeq_s8(high, vldrbq_s8(least + 16)) << 16 : bits;
}

/* Planes of a row of vectors; levels, how many of its thresholds differ, and wide are constants. */
TQ_SLICED_INLINE void put_row(const tq_quantize_limits *than, int32_t levels, int32_t cuts, int wide, int8x16_t low,
                              int8x16_t high, int32_t words, int32_t *output) {
  const uint32_t first = reach(low, high, wide, than->least[0]) & than->possible[0];
  const uint32_t second = cuts > 1 ? reach(low, high, wide, than->least[1]) & than->possible[1] : first;
  const uint32_t third = cuts > 2 ? reach(low, high, wide, than->least[2]) & than->possible[2] : 0;
  const uint32_t above[] = {first, second, third}, there = UINT32_MAX >> (TQ_WORD_BITS - than->channels);
  uint32_t codes[2];

  tq_quantize_planes(above, levels, than->flip, codes);
  output[0] = (int32_t)(codes[0] & there);
  if (levels > 2) output[words] = (int32_t)(codes[1] & there);
}

/* Up to 32 channels of all rows; a row's planes are `words` apart. Reads whole vectors where there are any. */
TQ_SLICED_INLINE void put_rows(const tq_rows_dims *dims, const tq_quantize_limits *limits, int32_t levels, int32_t cuts,
                               int wide, const int8_t *input, int32_t words, int32_t *output) {
  const tq_quantize_limits than = *limits; /* a copy: output could be its own memory */
  const int32_t depth = dims->depth, step = (levels > 2 ? 2 : 1) * words, last = than.channels - 16;
  const int32_t after = (dims->rows - 1) * depth + than.channels - (wide ? 32 : 16); /* the last place to read from */
  const int32_t whole = after < 0 ? 0 : after / depth + 1;
  int32_t row = 0;

  for (; row < whole; row++, input += depth, output += step) {
    put_row(&than, levels, cuts, wide, vldrbq_s8(input), wide ? vldrbq_s8(input + 16) : vdupq_n_s8(0), words, output);
  }
  for (; row < dims->rows; row++, input += depth, output += step) {
    const int8x16_t low = vldrbq_z_s8(input, vctp8q((uint32_t)than.channels));
    const int8x16_t high = wide ? vldrbq_z_s8(input + 16, vctp8q((uint32_t)last)) : low;
    put_row(&than, levels, cuts, wide, low, high, words, output);
  }
}

TQ_SLICED_INLINE void put(const tq_rows_dims *dims, const tq_quantize_limits *than, int32_t levels, int32_t cuts,
                          const int8_t *input, int32_t words, int32_t *output) {
  if (than->channels > 16) {
    put_rows(dims, than, levels, cuts, 1, input, words, output);
  } else {
    put_rows(dims, than, levels, cuts, 0, input, words, output);
  }
}

/* Words of 32 channels of all rows. */
static void put_words(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, const int8_t *input,
                      int32_t *output) {
  const int32_t depth = dims->depth, levels = params->levels, words = tq_bits_words(depth);

  for (int32_t c = 0; c < depth; c += TQ_WORD_BITS, input += TQ_WORD_BITS, output++) {
    const tq_quantize_limits than = tq_quantize_limits_of(params, depth, c);
    if (levels == 2) {
      put(dims, &than, 2, 1, input, words, output);
    } else if (levels == 3 && than.one_cut) {
      put(dims, &than, 3, 1, input, words, output);
    } else if (levels == 3) {
      put(dims, &than, 3, 2, input, words, output);
    } else {
      put(dims, &than, 4, 3, input, words, output);
    }
  }
}

void tq_quantize_a8_bits_mve(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output) {
  const int32_t depth = dims->depth, levels = params->levels;

  if (levels > TQ_QUANTIZE_LEVELS) {
    tq_quantize_a8_bits_ref(params, dims, input, output);
  } else {
    const int32_t done = tq_mve_quantize_rows(params, dims, input, output);
    const tq_rows_dims rest = {dims->rows - done, depth};
    if (rest.rows > 0) put_words(params, &rest, input + done * depth, output + done * tq_bits_row(depth, levels));
  }
}

#else

void tq_quantize_a8_bits_mve(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output) {
  tq_quantize_a8_bits_ref(params, dims, input, output);
}

#endif
