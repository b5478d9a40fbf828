/* Kernels for cores without SIMD instructions (Cortex-M0, M0+, M3); on any other core the same integers. Arguments are
 * those of tq_kernels.h, but codes and bias are as tinyq/core/arrange_swar.py arranges them:
 *   arranged  in   [c_out] filters of whole units, fields of three ternary or four binary codes (tq_swar.h)
 *   bias      in   [c_out], never NULL, with the part of the input's zero point, modulo 2^32
 * Scratch: 4-byte aligned; 8 KiB at most, unless one filter takes more. */
#ifndef TQ_KERNELS_SWAR_H
#define TQ_KERNELS_SWAR_H

#include "tinyq/tq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

void tq_conv_2d_a8w8_swar(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w8_swar_scratch(const tq_conv_dims *dims);
void tq_depthwise_conv_2d_a8w8_swar(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                    const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8w8_swar_scratch(const tq_conv_dims *dims);

void tq_conv_2d_a8wt_swar(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint16_t *arranged, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8w1_swar(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint16_t *arranged, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8wt_swar_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_a8w1_swar_scratch(const tq_conv_dims *dims);

void tq_depthwise_conv_2d_a8wt_swar(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                    const uint16_t *arranged, const int32_t *bias, int8_t *output, void *scratch);
void tq_depthwise_conv_2d_a8w1_swar(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                    const uint16_t *arranged, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8wt_swar_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_a8w1_swar_scratch(const tq_conv_dims *dims);

void tq_fully_connected_a8wt_swar(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                                  const int8_t *input, const uint16_t *arranged, const int32_t *bias,
                                  int8_t *output, void *scratch);
void tq_fully_connected_a8w1_swar(const tq_fully_connected_params *params, const tq_fully_connected_dims *dims,
                                  const int8_t *input, const uint16_t *arranged, const int32_t *bias,
                                  int8_t *output, void *scratch);
int32_t tq_fully_connected_a8wt_swar_scratch(const tq_fully_connected_dims *dims);
int32_t tq_fully_connected_a8w1_swar_scratch(const tq_fully_connected_dims *dims);

#ifdef __cplusplus
}
#endif

#endif
