/* The variants for x86-64. Each object has code for AVX2 and for AVX-512 (with VPOPCNTDQ, VNNI and VBMI) and asks
 * the computer, when it is called, which of them it can run; where neither is there, and on other processors, it
 * calls _opt. The environment variable TINYQ_X86 (avx2, base) rules out what is above.
 *
 * Arguments and results are those of the other variants, as the other headers have them. Scratch is
 * tq_<kernel>_x86_scratch(dims) bytes, 4-byte aligned: room for a padded copy of the input and for the weights in the
 * order in which registers want them, which is made anew in each call. */
#ifndef TQ_KERNELS_X86_H
#define TQ_KERNELS_X86_H

#include "tinyq/tq_kernels.h"
#include "tinyq/tq_kernels_bits.h"
#include "tinyq/tq_kernels_f32.h"
#include "tinyq/tq_kernels_lce.h"

#ifdef __cplusplus
extern "C" {
#endif

void tq_conv_2d_a8w1_x86(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w1_x86_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8w2_x86(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w2_x86_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8w3_x86(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w3_x86_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8w4_x86(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w4_x86_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8w8_x86(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w8_x86_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8wt_x86(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8wt_x86_scratch(const tq_conv_dims *dims);
void tq_conv_2d_bits_a8_x86(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                            const int32_t *weights, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_bits_a8_x86_scratch(const tq_conv_dims *dims);
void tq_conv_2d_bits_f32_x86(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *weights, const float *bias, float *output,
                             void *scratch);
int32_t tq_conv_2d_bits_f32_x86_scratch(const tq_conv_dims *dims);
void tq_conv_2d_bits_x86(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                         const int32_t *weights, int32_t *output, void *scratch);
int32_t tq_conv_2d_bits_x86_scratch(const tq_conv_dims *dims);
void tq_lce_bconv_2d_a1_x86(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                            const int32_t *filter, int32_t *output, void *scratch);
int32_t tq_lce_bconv_2d_a1_x86_scratch(const tq_conv_dims *dims);
void tq_lce_bconv_2d_a8_x86(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                            const int32_t *filter, int8_t *output, void *scratch);
int32_t tq_lce_bconv_2d_a8_x86_scratch(const tq_conv_dims *dims);
void tq_lce_bconv_2d_f32_x86(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *filter, float *output, void *scratch);
int32_t tq_lce_bconv_2d_f32_x86_scratch(const tq_conv_dims *dims);
void tq_lce_quantize_a8_a1_x86(const tq_lce_quantize_params *params, const tq_rows_dims *dims,
                               const int8_t *input, int32_t *output);
void tq_lce_quantize_f32_a1_x86(const tq_lce_quantize_params *params, const tq_rows_dims *dims,
                                const float *input, int32_t *output);
void tq_quantize_a8_bits_x86(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output);

#ifdef __cplusplus
}
#endif

#endif
