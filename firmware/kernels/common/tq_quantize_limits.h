/* What int8 values must reach to exceed a threshold, of 32 channels. */
#ifndef TQ_QUANTIZE_LIMITS_H
#define TQ_QUANTIZE_LIMITS_H

#include "tinyq/tq_kernels_bits.h"
#include "tq_bits.h"
#include "tq_quantize_planes.h"

/* Where `possible` has no bit, no value does. */
typedef struct {
  int8_t least[TQ_QUANTIZE_LEVELS - 1][TQ_WORD_BITS];
  uint32_t possible[TQ_QUANTIZE_LEVELS - 1];
  uint32_t flip;
  int32_t channels; /* 1 to 32 */
  int32_t one_cut;  /* all thresholds of a channel are one: signs that are to be padded with 0 */
} tq_quantize_limits;

/* Bit i: whether bits of channel `first` + i are flipped; of `channels`, 1 to 32. */
static inline uint32_t tq_quantize_flip_of(const tq_quantize_a8_bits_params *params, int32_t first, int32_t channels) {
  uint32_t flip = 0;

  if (!params->flip) return 0;
  for (int32_t c = 0; c < channels; c++) flip |= (uint32_t)(params->flip[first + c] != 0) << c;
  return flip;
}

/* Of channels from `first` on, of `depth`. */
tq_quantize_limits tq_quantize_limits_of(const tq_quantize_a8_bits_params *params, int32_t depth, int32_t first);

#endif
