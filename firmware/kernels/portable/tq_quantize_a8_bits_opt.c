#include "../common/tq_bits.h"
#include "../common/tq_quantize_planes.h"
#include "tinyq/tq_kernels_bits.h"

/* Bit i: whether value i exceeds its threshold; `end` is the bit behind the last one, 0 after 32 of them. */
static uint32_t exceeded(const int8_t *x, const int32_t *thresholds, int32_t step, uint32_t end) {
  uint32_t word = 0, bit = 1;

  do {
    if (*x++ > *thresholds) word |= bit;
    thresholds += step;
    bit <<= 1;
  } while (bit != end);
  return word;
}

static uint32_t flipped(const int8_t *flip, uint32_t end) {
  const int32_t never = 0;

  return flip ? exceeded(flip, &never, 0, end) : 0;
}

/* Up to 32 channels from c on, of all rows. */
static void put_words(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims, int32_t c,
                      const int8_t *input, int32_t *output) {
  const int32_t levels = params->levels, cuts = levels - 1, words = tq_bits_words(dims->depth);
  const int32_t *const thresholds = params->thresholds + (params->per_channel ? c * cuts : 0);
  const int32_t step = params->per_channel ? cuts : 0, left = dims->depth - c;
  const uint32_t end = left < TQ_WORD_BITS ? 1u << left : 0;
  const uint32_t flip = flipped(params->flip ? params->flip + c : params->flip, end);
  const int32_t count = tq_bits_planes(levels);

  for (int32_t row = 0; row < dims->rows; row++) {
    const int8_t *const x = input + row * dims->depth + c;
    int32_t *const to = output + row * count * words + c / TQ_WORD_BITS;
    uint32_t above[TQ_QUANTIZE_LEVELS - 1] = {0}, planes[2];
    for (int32_t i = 0; i < cuts; i++) above[i] = exceeded(x, thresholds + i, step, end);
    tq_quantize_planes(above, levels, flip, planes);
    for (int32_t m = 0; m < count; m++) to[m * words] = (int32_t)(planes[m] & (end - 1));
  }
}

void tq_quantize_a8_bits_opt(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output) {
  if (params->levels > TQ_QUANTIZE_LEVELS) {
    tq_quantize_a8_bits_ref(params, dims, input, output);
    return;
  }
  for (int32_t c = 0; c < dims->depth; c += TQ_WORD_BITS) put_words(params, dims, c, input, output);
}
