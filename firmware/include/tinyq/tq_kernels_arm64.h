/* The variants "neon" of the kernels: 64-bit ARM with NEON; elsewhere they are plain C. Arguments are those of the
 * kernels' other variants; scratch: tq_<kernel>_neon_scratch(dims) bytes, 4-byte aligned. */
#ifndef TQ_KERNELS_ARM64_H
#define TQ_KERNELS_ARM64_H

#include "tinyq/tq_kernels.h"
#include "tinyq/tq_kernels_bits.h"
#include "tinyq/tq_kernels_lce.h"

#ifdef __cplusplus
extern "C" {
#endif

void tq_conv_2d_bits_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                          const int32_t *weights, int32_t *output, void *scratch);
void tq_conv_2d_bits_a8_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *weights, const int32_t *bias,
                             int8_t *output, void *scratch);
void tq_conv_2d_bits_f32_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                              const int32_t *input, const int32_t *weights, const float *bias,
                              float *output, void *scratch);
int32_t tq_conv_2d_bits_neon_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_bits_a8_neon_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_bits_f32_neon_scratch(const tq_conv_dims *dims);

void tq_lce_bconv_2d_a1_neon(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *filter, int32_t *output, void *scratch);
void tq_lce_bconv_2d_a8_neon(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *filter, int8_t *output, void *scratch);
void tq_lce_bconv_2d_f32_neon(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                              const int32_t *input, const int32_t *filter, float *output, void *scratch);
int32_t tq_lce_bconv_2d_a1_neon_scratch(const tq_conv_dims *dims);
int32_t tq_lce_bconv_2d_a8_neon_scratch(const tq_conv_dims *dims);
int32_t tq_lce_bconv_2d_f32_neon_scratch(const tq_conv_dims *dims);

void tq_conv_2d_a8w8_neon(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w8_neon_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8wt_neon(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8wt_neon_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8w1_neon(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w1_neon_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8w2_neon(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w2_neon_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8w3_neon(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w3_neon_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8w4_neon(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w4_neon_scratch(const tq_conv_dims *dims);
void tq_depthwise_conv_2d_a8w8_neon(const tq_conv_params *params, const tq_conv_dims *dims,
                                    const int8_t *input, const int8_t *weights, const int32_t *bias,
                                    int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8w8_neon_scratch(const tq_conv_dims *dims);
void tq_depthwise_conv_2d_a8wt_neon(const tq_conv_params *params, const tq_conv_dims *dims,
                                    const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                    int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8wt_neon_scratch(const tq_conv_dims *dims);
void tq_depthwise_conv_2d_a8w1_neon(const tq_conv_params *params, const tq_conv_dims *dims,
                                    const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                    int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8w1_neon_scratch(const tq_conv_dims *dims);
void tq_depthwise_conv_2d_a8w2_neon(const tq_conv_params *params, const tq_conv_dims *dims,
                                    const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                    int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8w2_neon_scratch(const tq_conv_dims *dims);
void tq_depthwise_conv_2d_a8w3_neon(const tq_conv_params *params, const tq_conv_dims *dims,
                                    const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                    int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8w3_neon_scratch(const tq_conv_dims *dims);
void tq_depthwise_conv_2d_a8w4_neon(const tq_conv_params *params, const tq_conv_dims *dims,
                                    const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                    int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8w4_neon_scratch(const tq_conv_dims *dims);
void tq_depthwise_conv_2d_bits_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                    const int32_t *input, const int32_t *weights,
                                    int32_t *output, void *scratch);
void tq_depthwise_conv_2d_bits_a8_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                       const int32_t *input, const int32_t *weights, const int32_t *bias,
                                       int8_t *output, void *scratch);
void tq_depthwise_conv_2d_bits_f32_neon(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                        const int32_t *input, const int32_t *weights, const float *bias,
                                        float *output, void *scratch);
int32_t tq_depthwise_conv_2d_bits_neon_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_bits_a8_neon_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_bits_f32_neon_scratch(const tq_conv_dims *dims);
void tq_fully_connected_a8w8_neon(const tq_fully_connected_params *params,
                                  const tq_fully_connected_dims *dims, const int8_t *input,
                                  const int8_t *weights, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8wt_neon(const tq_fully_connected_params *params,
                                  const tq_fully_connected_dims *dims, const int8_t *input,
                                  const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w1_neon(const tq_fully_connected_params *params,
                                  const tq_fully_connected_dims *dims, const int8_t *input,
                                  const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w2_neon(const tq_fully_connected_params *params,
                                  const tq_fully_connected_dims *dims, const int8_t *input,
                                  const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w3_neon(const tq_fully_connected_params *params,
                                  const tq_fully_connected_dims *dims, const int8_t *input,
                                  const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w4_neon(const tq_fully_connected_params *params,
                                  const tq_fully_connected_dims *dims, const int8_t *input,
                                  const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_bits_neon(const tq_fully_connected_bits_params *params,
                                  const tq_fully_connected_dims *dims, const int32_t *input,
                                  const int32_t *weights, int32_t *output);
void tq_fully_connected_bits_a8_neon(const tq_fully_connected_bits_params *params,
                                     const tq_fully_connected_dims *dims, const int32_t *input,
                                     const int32_t *weights, const int32_t *bias, int8_t *output);
void tq_fully_connected_bits_f32_neon(const tq_fully_connected_bits_params *params,
                                      const tq_fully_connected_dims *dims, const int32_t *input,
                                      const int32_t *weights, const float *bias, float *output);
void tq_quantize_a8_bits_neon(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                              const int8_t *input, int32_t *output);
void tq_add_a8_neon(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1,
                    const int8_t *input2, int8_t *output);
void tq_average_pool_2d_a8_neon(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                                int8_t *output);
void tq_max_pool_2d_a8_neon(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                            int8_t *output);

#ifdef __cplusplus
}
#endif

#endif
