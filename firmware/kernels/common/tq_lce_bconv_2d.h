/* What the kernels of LceBconv2d share: the way over the output, and the places that differ. */
#ifndef TQ_LCE_BCONV_2D_H
#define TQ_LCE_BCONV_2D_H

#include "tinyq/tq_kernels_lce.h"

/* One output channel at one position. */
typedef struct {
  int32_t bits;    /* places where input and filter differ */
  int32_t outside; /* corrected: sum of the signs of the taps outside the input */
  int32_t beside;  /* whether there are such taps */
} tq_lce_count;

/* Writes channel `channel` of the output whose first channel is at `pixel`. */
typedef void tq_lce_write(const tq_lce_bconv_params *params, const tq_lce_count *count, int32_t channel,
                          void *pixel);

/* `pixel_bytes` is the size of all channels at one position. */
void tq_lce_bconv_2d(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                     const int32_t *filter, tq_lce_write *write, void *output, int32_t pixel_bytes);

/* The float32 value of a count. Products are named, so that no compiler may fuse them with the sum. */
static inline float tq_lce_sum_f32(const tq_lce_bconv_params *params, const tq_lce_count *count,
                                   int32_t channel) {
  const int32_t twice = 2 * count->bits;
  const int32_t below = twice < params->clamp_max ? twice : params->clamp_max;
  const int32_t clamped = below > params->clamp_min ? below : params->clamp_min;
  const float product = (float)clamped * params->multiplier[channel];
  const float real = product + params->bias[channel];

  if (!params->corrected || !count->beside) return real;
  const float excess = (float)count->outside * params->multiplier[channel];
  return real + excess;
}

#endif
