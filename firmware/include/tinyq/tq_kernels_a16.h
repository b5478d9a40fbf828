/* Kernels with int16 activations, for files of TFLite's 16x8 quantization: int8 weights where there are any,
 * zero points of 0. The manual is tq_kernels.h; what is different:
 *
 *   input, output  int16, 2-byte aligned; activation_min, activation_max and pad values are int16, too
 *   bias           int64, 8-byte aligned; NULL means zero. Sums have 64 bits and stay below 2^47
 *   shift          -31..7; results of sums are rounded once, to a multiplier of 15 bits
 *
 * Integers are those of TFLite's reference kernels, bit for bit. */
#ifndef TQ_KERNELS_A16_H
#define TQ_KERNELS_A16_H

#include "tinyq/tq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Conv2D, DepthwiseConv2D, FullyConnected: shapes, padding, groups as those of int8. */
void tq_conv_2d_a16w8_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int16_t *input,
                          const int8_t *weights, const int64_t *bias, int16_t *output);
void tq_depthwise_conv_2d_a16w8_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                    const int16_t *input, const int8_t *weights, const int64_t *bias,
                                    int16_t *output);
void tq_fully_connected_a16w8_ref(const tq_fully_connected_params *params,
                                  const tq_fully_connected_dims *dims, const int16_t *input,
                                  const int8_t *weights, const int64_t *bias, int16_t *output);

/* The same as of int8. */
void tq_add_a16_ref(const tq_add_params *params, const tq_add_dims *dims, const int16_t *input1,
                    const int16_t *input2, int16_t *output);
void tq_average_pool_2d_a16_ref(const tq_pool_params *params, const tq_unary_dims *dims,
                                const int16_t *input, int16_t *output);
void tq_max_pool_2d_a16_ref(const tq_pool_params *params, const tq_unary_dims *dims, const int16_t *input,
                            int16_t *output);
void tq_mean_a16_ref(const tq_mean_params *params, const tq_unary_dims *dims, const int16_t *input,
                     int16_t *output);
void tq_pad_a16_ref(const tq_pad_params *params, const tq_unary_dims *dims, const int16_t *input,
                    int16_t *output);
void tq_requantize_a16_ref(const tq_requantize_params *params, const tq_count_dims *dims,
                           const int16_t *input, int16_t *output);
void tq_quantize_f32_a16_ref(const tq_affine_params *params, const tq_count_dims *dims, const float *input,
                             int16_t *output);
void tq_dequantize_a16_f32_ref(const tq_affine_params *params, const tq_count_dims *dims,
                               const int16_t *input, float *output);
void tq_concatenation_a16_ref(const tq_concatenation_params *params, const tq_rows_dims *dims,
                              const int16_t *const *inputs, int16_t *output);

/* Softmax of every row. (x - maximum of the row) * multiplier * 2^(left_shift - 31) is in units of 10 / 65535
 * (beta is in it); left_shift <= 14, diff_min is not used.
 *
 *   input    in   [rows, depth], depth < 65536
 *   output   out  [rows, depth], scale 2^-15 */
void tq_softmax_a16_ref(const tq_softmax_params *params, const tq_rows_dims *dims, const int16_t *input,
                        int16_t *output);

#ifdef __cplusplus
}
#endif

#endif
