/* Variants for x86-64 for what runs a layer often: the first call leaves the weights as registers want them in `kept`,
 * tq_x86_kept_int8(dims) or tq_x86_kept_bits(dims, w_levels) bytes, 8-byte aligned and 0 before it, and later calls find
 * them there. NULL: as the variants without it. */
#ifndef TQ_KEEPING_X86_H
#define TQ_KEEPING_X86_H

#include "tinyq/tq_kernels_bits.h"
#include "tinyq/tq_kernels_lce.h"

#ifdef __cplusplus
extern "C" {
#endif

void tq_conv_2d_a8w1_x86_keeping(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch,
                                 void *kept);
void tq_conv_2d_a8wt_x86_keeping(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch,
                                 void *kept);
int32_t tq_x86_kept_int8(const tq_conv_dims *dims);

void tq_conv_2d_bits_x86_keeping(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                                 const int32_t *weights, int32_t *output, void *scratch, void *kept);
void tq_conv_2d_bits_a8_x86_keeping(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                                    const int32_t *weights, const int32_t *bias, int8_t *output, void *scratch,
                                    void *kept);
void tq_lce_bconv_2d_a1_x86_keeping(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                                    const int32_t *input, const int32_t *filter, int32_t *output, void *scratch,
                                    void *kept);
void tq_lce_bconv_2d_a8_x86_keeping(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                                    const int32_t *input, const int32_t *filter, int8_t *output, void *scratch,
                                    void *kept);
void tq_lce_bconv_2d_f32_x86_keeping(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                                     const int32_t *input, const int32_t *filter, float *output, void *scratch,
                                     void *kept);
/* w_levels: of Larq Compute Engine's, 2. */
int32_t tq_x86_kept_bits(const tq_conv_dims *dims, int32_t w_levels);

#ifdef __cplusplus
}
#endif

#endif
