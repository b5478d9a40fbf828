/* The kernels. All take (params, dims, inputs, weights, bias, output, scratch), those that apply.
 *
 * Every pointer is valid for the sizes in `dims`; input and output do not overlap; arrays of int32_t are
 * 4-byte aligned. Kernels read no globals, allocate nothing and call no board. `bias` may be NULL (zero).
 * `packed` weights are flat in filter order: five ternary codes a byte, or eight binary codes a byte
 * (bit order and digits: tinyq/core/packing.py and tq_unpack.h). `scratch` needs the bytes that
 * tq_<kernel>_scratch(dims) returns. */
#ifndef TQ_KERNELS_H
#define TQ_KERNELS_H

#include "tinyq/tq_types.h"

/* Conv2D: SAME or VALID by pad_top/pad_left, dilation, groups = input.c / filter.c.
 *   input   in   [input.n, input.h, input.w, input.c]
 *   weights in   [filter.n, filter.h, filter.w, filter.c] int8, or as many packed codes
 *   bias    in   [filter.n] int32, |accumulator| < 2^31
 *   output  out  [output.n, output.h, output.w, output.c = filter.n] */
void tq_conv_2d_a8w8_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, int8_t *output);
void tq_conv_2d_a8wt_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8w1_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8wt_scratch(const tq_conv_dims *dims); /* filter.h * filter.w * filter.c */
int32_t tq_conv_2d_a8w1_scratch(const tq_conv_dims *dims); /* the same */

/* DepthwiseConv2D: output channel oc reads input channel oc / (output.c / input.c).
 *   weights in   [1, filter.h, filter.w, filter.c = output.c] int8, or as many packed codes */
void tq_depthwise_conv_2d_a8w8_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const int8_t *weights, const int32_t *bias,
                                   int8_t *output);
void tq_depthwise_conv_2d_a8wt_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output, void *scratch);
void tq_depthwise_conv_2d_a8w1_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8wt_scratch(const tq_conv_dims *dims); /* filter.h * filter.w * filter.c */
int32_t tq_depthwise_conv_2d_a8w1_scratch(const tq_conv_dims *dims); /* the same */

/* FullyConnected.
 *   input   in   [rows, c_in]
 *   weights in   [c_out, c_in] int8, or as many packed codes
 *   bias    in   [c_out] int32
 *   output  out  [rows, c_out] */
void tq_fully_connected_a8w8_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const int8_t *weights, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8wt_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w1_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);

/* Add with broadcasting. */
void tq_add_a8_ref(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1,
                   const int8_t *input2, int8_t *output);

/* Pooling: elements outside the input are left out of the average and the maximum. */
void tq_average_pool_2d_a8_ref(const tq_pool_params *params, const tq_unary_dims *dims,
                               const int8_t *input, int8_t *output);
void tq_max_pool_2d_a8_ref(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                           int8_t *output);

void tq_mean_a8_ref(const tq_mean_params *params, const tq_unary_dims *dims, const int8_t *input,
                    int8_t *output);

void tq_pad_a8_ref(const tq_pad_params *params, const tq_unary_dims *dims, const int8_t *input,
                   int8_t *output);

/* Softmax over the last axis; the output's scale is 1/256 and its zero point -128. */
void tq_softmax_a8_ref(const tq_softmax_params *params, const tq_rows_dims *dims, const int8_t *input,
                       int8_t *output);

void tq_requantize_a8_ref(const tq_requantize_params *params, const tq_count_dims *dims,
                          const int8_t *input, int8_t *output);

void tq_quantize_f32_a8_ref(const tq_affine_params *params, const tq_count_dims *dims, const float *input,
                            int8_t *output);
void tq_dequantize_a8_f32_ref(const tq_affine_params *params, const tq_count_dims *dims,
                              const int8_t *input, float *output);

/* Concatenation: inputs[i] has sizes[i] elements per row; scales and zero points are equal. */
void tq_concatenation_a8_ref(const tq_concatenation_params *params, const tq_rows_dims *dims,
                             const int8_t *const *inputs, int8_t *output);

#endif
