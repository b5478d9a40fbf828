/* From sums of products to int8 outputs. */
#ifndef TQ_OUTPUTS_H
#define TQ_OUTPUTS_H

#include "tinyq/tq_types.h"

/* How the sum of each output channel is scaled; `levels` and `bias` may be NULL (1 and 0). */
typedef struct {
  const int32_t *multiplier;
  const int8_t *shift, *levels;
  const int32_t *bias;
  int32_t zero_point, min, max;
} tq_scaling;

static inline tq_scaling tq_conv_scaling(const tq_conv_params *params, const int32_t *bias) {
  const tq_scaling scaling = {params->multiplier,        params->shift,          params->levels, bias,
                              params->output_zero_point, params->activation_min, params->activation_max};
  return scaling;
}

static inline tq_scaling tq_dense_scaling(const tq_fully_connected_params *params, const int32_t *bias) {
  const tq_scaling scaling = {params->multiplier,        params->shift,          params->levels, bias,
                              params->output_zero_point, params->activation_min, params->activation_max};
  return scaling;
}

/* Channels [channel, channel + count): sums [count] -> output [count]. */
void tq_outputs(const tq_scaling *scaling, int32_t channel, int32_t count, const int32_t *sums,
                int8_t *output);

#endif
