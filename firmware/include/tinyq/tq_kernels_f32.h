/* float32 kernels: the fallback for what is neither low-bit nor int8.
 *
 * Sums run in the order of the loops (over the filter's rows, columns and channels, or over a window), a product
 * and a sum are each rounded, and there is no libm: so NumPy and every core give the same bits (compile without
 * contraction to fused operations, which -std=c99 is for gcc). Arguments are as in tq_kernels.h; float is 4-byte
 * aligned, every output is clamped to [activation_min, activation_max] where params has them. */
#ifndef TQ_KERNELS_F32_H
#define TQ_KERNELS_F32_H

#include "tinyq/tq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;
  float activation_min, activation_max;
} tq_conv_f32_params;

typedef struct {
  float activation_min, activation_max;
} tq_range_f32_params;

typedef struct {
  int32_t filter_h, filter_w;
  int32_t stride_h, stride_w;
  int32_t pad_top, pad_left;
  float activation_min, activation_max;
} tq_pool_f32_params;

typedef struct {
  int32_t count; /* elements of each mean */
} tq_mean_f32_params;

typedef struct {
  tq_dims before; /* elements of padding ahead of each axis */
  float value;
} tq_pad_f32_params;

typedef struct {
  float beta;
} tq_softmax_f32_params;

/* Conv2D, DepthwiseConv2D, FullyConnected: sum of input * weights, then + bias (NULL: none). Shapes, groups and
 * channel multipliers are those of the a8w8 kernels. */
void tq_conv_2d_f32_ref(const tq_conv_f32_params *params, const tq_conv_dims *dims, const float *input,
                        const float *weights, const float *bias, float *output);
void tq_depthwise_conv_2d_f32_ref(const tq_conv_f32_params *params, const tq_conv_dims *dims,
                                  const float *input, const float *weights, const float *bias,
                                  float *output);
void tq_fully_connected_f32_ref(const tq_range_f32_params *params, const tq_fully_connected_dims *dims,
                                const float *input, const float *weights, const float *bias,
                                float *output);

/* input1 + input2, input1 * input2; an input dimension of 1 is broadcast. */
void tq_add_f32_ref(const tq_range_f32_params *params, const tq_add_dims *dims, const float *input1,
                    const float *input2, float *output);
void tq_mul_f32_ref(const tq_range_f32_params *params, const tq_add_dims *dims, const float *input1,
                    const float *input2, float *output);

/* Over the elements of a window that are inside the input (every window has some). */
void tq_average_pool_2d_f32_ref(const tq_pool_f32_params *params, const tq_unary_dims *dims,
                                const float *input, float *output);
void tq_max_pool_2d_f32_ref(const tq_pool_f32_params *params, const tq_unary_dims *dims,
                            const float *input, float *output);

/* Mean over all axes whose output size is 1. */
void tq_mean_f32_ref(const tq_mean_f32_params *params, const tq_unary_dims *dims, const float *input,
                     float *output);

/* `before` elements of `value` ahead of each axis, output - input - before behind it. */
void tq_pad_f32_ref(const tq_pad_f32_params *params, const tq_unary_dims *dims, const float *input,
                    float *output);

/* ReLU, ReLU6 and their like that are not fused: just clamped. */
void tq_clamp_f32_ref(const tq_range_f32_params *params, const tq_count_dims *dims, const float *input,
                      float *output);

/* exp(beta * (x - maximum of the row)) over the row's sum of them. */
void tq_softmax_f32_ref(const tq_softmax_f32_params *params, const tq_rows_dims *dims, const float *input,
                        float *output);

/* A row of the output is a row of inputs[0], one of inputs[1], ... */
void tq_concatenation_f32_ref(const tq_concatenation_params *params, const tq_rows_dims *dims,
                              const float *const *inputs, float *output);

#ifdef __cplusplus
}
#endif

#endif
