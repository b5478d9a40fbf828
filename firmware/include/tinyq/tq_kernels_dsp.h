/* Kernels for Cortex-M with the DSP extension (M4, M7, M33, M55); on any other core the same integers, from C.
 * Arguments are those of tq_kernels.h, but for two dense kernels. Scratch: 4-byte aligned; 8 KiB at most, unless
 * one filter takes more. */
#ifndef TQ_KERNELS_DSP_H
#define TQ_KERNELS_DSP_H

#include "tinyq/tq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

void tq_conv_2d_a8w8_dsp(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8wt_dsp(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8w1_dsp(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8w2_dsp(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8w3_dsp(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8w4_dsp(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w8_dsp_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_a8wt_dsp_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_a8w1_dsp_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_a8w2_dsp_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_a8w3_dsp_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_a8w4_dsp_scratch(const tq_conv_dims *dims);

void tq_depthwise_conv_2d_a8w8_dsp(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const int8_t *weights, const int32_t *bias,
                                   int8_t *output, void *scratch);
void tq_depthwise_conv_2d_a8wt_dsp(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output, void *scratch);
void tq_depthwise_conv_2d_a8w1_dsp(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8w8_dsp_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_a8wt_dsp_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_a8w1_dsp_scratch(const tq_conv_dims *dims);

void tq_fully_connected_a8w8_dsp(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                                 const int8_t *input, const int8_t *weights, const int32_t *bias,
                                 int8_t *output, void *scratch);
int32_t tq_fully_connected_a8w8_dsp_scratch(const tq_fully_connected_dims *dims);

/* Weights and bias are not those of the file, but as tinyq/core/arrange_dsp.py arranges them:
 *   arranged  in   codes of two outputs in a word, for each 8 (ternary) or 16 (binary) inputs
 *   bias      in   [c_out], never NULL, with the part of the input's zero point, modulo 2^32 */
void tq_fully_connected_a8wt_dsp(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                                 const int8_t *input, const uint32_t *arranged, const int32_t *bias,
                                 int8_t *output, void *scratch);
void tq_fully_connected_a8w1_dsp(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                                 const int8_t *input, const uint32_t *arranged, const int32_t *bias,
                                 int8_t *output, void *scratch);
int32_t tq_fully_connected_a8wt_dsp_scratch(const tq_fully_connected_dims *dims);
int32_t tq_fully_connected_a8w1_dsp_scratch(const tq_fully_connected_dims *dims);

void tq_add_a8_dsp(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1,
                   const int8_t *input2, int8_t *output);
void tq_average_pool_2d_a8_dsp(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                               int8_t *output);

#ifdef __cplusplus
}
#endif

#endif
