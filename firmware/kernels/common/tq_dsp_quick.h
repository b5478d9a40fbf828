/* Outputs of sums whose scales have the quick form. */
#ifndef TQ_DSP_QUICK_H
#define TQ_DSP_QUICK_H

#include "tq_dsp_conv_2d.h"

/* The output less activation_min before it is clamped. TFLite takes 1 from what is negative and then rounds:
 * here the sum's sign says so, which differs where a negative sum has come to 0; 1 less makes no difference to the
 * rounding of that. */
static inline int32_t tq_dsp_scaled(const tq_dsp_scale *scale, int32_t sum) {
  const int32_t whole = sum * scale->level + scale->bias;
  const int32_t high = tq_add_rounded_high(scale->addend, whole, scale->multiplier);
  return (high + (whole >> 31)) >> scale->shift;
}

/* Bytes, 0 at least and 255 at most, to outputs. */
static inline uint32_t tq_dsp_clamp_bytes(const tq_dsp_clamp *clamp, uint32_t bytes) {
  return tq_add_bytes(tq_add_bytes_to_255(bytes, clamp->room), clamp->back);
}

#endif
