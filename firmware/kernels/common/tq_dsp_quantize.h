/* Quantization of int8 to packed codes for cores with DSP: eight channels of all rows at a time. */
#ifndef TQ_DSP_QUANTIZE_H
#define TQ_DSP_QUANTIZE_H

#include "tq_dsp.h"
#include "tq_quantize_limits.h"

/* Eight channels of a word: what their values reach to exceed a threshold, which all of them can; bits of those that
 * are flipped. Bytes of a row's planes are `plane` apart, rows `row`. */
typedef struct {
  uint32_t limits[TQ_QUANTIZE_LEVELS - 1][2], flip;
  int32_t rows, depth, plane, row;
} tq_dsp_eight;

/* Signs, as the last plane of a row, and if that is not the first, ones as the first; ternary codes; those of two bits.
 * In files of their own, so that what their loops need stays in registers. */
void tq_dsp_quantize_signs(const tq_dsp_eight *eight, const int8_t *x, uint8_t *output);
void tq_dsp_quantize_ternary(const tq_dsp_eight *eight, const int8_t *x, uint8_t *output);
void tq_dsp_quantize_two_bits(const tq_dsp_eight *eight, const int8_t *x, uint8_t *output);

/* A bit in a byte of four of eight values that reach their limits: of the lower ones, of the upper ones, which are
 * shifted, as that is free where both are joined, and a word of marks less is kept. */
static inline uint32_t tq_dsp_lower(uint32_t values, uint32_t limits) {
  return tq_mark_at_least(values, limits, 0x08040201u);
}

static inline uint32_t tq_dsp_upper(uint32_t values, uint32_t limits) {
  return tq_mark_at_least(values, limits, 0x08040201u) << 4;
}

#endif
