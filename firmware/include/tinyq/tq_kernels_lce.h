/* Larq Compute Engine's four operators: same names, same formats, same results, bit for bit.
 *
 * Packed tensors are int32 words along the channels: channel c is bit c % 32 of word c / 32; bit 0 means +1,
 * bit 1 means -1, spare bits are 0. Arguments are as in tq_kernels.h. Words, and float, are 4-byte aligned.
 * The float32 and int8 outputs are computed with float, as LCE defines them: a product and a sum, each rounded
 * (compile without contraction to fused operations, which -std=c99 is for gcc). */
#ifndef TQ_KERNELS_LCE_H
#define TQ_KERNELS_LCE_H

#include "tinyq/tq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;
  int32_t pad_value;            /* taps outside the input: 1: +1; 0: half of a tap's channels count as different */
  int32_t corrected;            /* f32 and pad_value 0: outside counts as +1, which is taken off at the end */
  int32_t clamp_min, clamp_max; /* of twice the places that differ */
  const float *multiplier;      /* [c_out]; NULL where the output is packed */
  const float *bias;            /* [c_out]; likewise */
  const int32_t *thresholds;    /* [c_out]; NULL where it is not */
} tq_lce_bconv_params;

typedef struct {
  int32_t filter_h, filter_w;
  int32_t stride_h, stride_w;
  int32_t pad_top, pad_left;
} tq_lce_max_pool_params;

/* The bit of x is x < zero_point. */
typedef struct {
  int32_t zero_point;
} tq_lce_quantize_params;

/* What bit 0 and bit 1 become. */
typedef struct {
  int32_t zero_bit, one_bit;
} tq_lce_dequantize_params;

/* Binary Conv2D. bits = places, over all taps and channels, where input and filter differ; for output channel o
 *
 *   a1   bit o of the output is bits > thresholds[o]
 *   f32  clamp(2 * bits) * multiplier[o] + bias[o]; corrected: + multiplier[o] * sum of the outside taps' signs
 *   a8   the same, rounded, ties away from zero, saturated
 *
 * dims count channels; groups = input.c / filter.c, where groups > 1 make filter.c a multiple of 32.
 *
 *   input    in   [input.n, input.h, input.w, ceil(input.c / 32)]
 *   filter   in   [filter.n, filter.h, filter.w, ceil(filter.c / 32)]
 *   output   out  a1: [output.n, output.h, output.w, ceil(filter.n / 32)]; else [.., filter.n] */
void tq_lce_bconv_2d_a1_ref(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                            const int32_t *input, const int32_t *filter, int32_t *output);
void tq_lce_bconv_2d_a8_ref(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                            const int32_t *input, const int32_t *filter, int8_t *output);
void tq_lce_bconv_2d_f32_ref(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *filter, float *output);
void tq_lce_bconv_2d_a1_opt(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                            const int32_t *input, const int32_t *filter, int32_t *output, void *scratch);
void tq_lce_bconv_2d_a8_opt(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                            const int32_t *input, const int32_t *filter, int8_t *output, void *scratch);
void tq_lce_bconv_2d_f32_opt(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *filter, float *output, void *scratch);
void tq_lce_bconv_2d_a1_sliced(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                               const int32_t *input, const int32_t *filter, int32_t *output, void *scratch);
void tq_lce_bconv_2d_a8_sliced(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                               const int32_t *input, const int32_t *filter, int8_t *output, void *scratch);
void tq_lce_bconv_2d_f32_sliced(const tq_lce_bconv_params *params, const tq_conv_dims *dims,
                                const int32_t *input, const int32_t *filter, float *output, void *scratch);
/* Bytes of scratch, 4-byte aligned. _opt: what sixteen output positions see of one group. _sliced: 16 bytes a word
 * of a row, and up to 7680 of tables and sums. */
int32_t tq_lce_bconv_2d_a1_opt_scratch(const tq_conv_dims *dims);
int32_t tq_lce_bconv_2d_a8_opt_scratch(const tq_conv_dims *dims);
int32_t tq_lce_bconv_2d_f32_opt_scratch(const tq_conv_dims *dims);
int32_t tq_lce_bconv_2d_a1_sliced_scratch(const tq_conv_dims *dims);
int32_t tq_lce_bconv_2d_a8_sliced_scratch(const tq_conv_dims *dims);
int32_t tq_lce_bconv_2d_f32_sliced_scratch(const tq_conv_dims *dims);

/* Max pooling of signs: +1 where a window has one; dims count words.
 *
 *   input    in   [input.n, input.h, input.w, input.c]
 *   output   out  [output.n = input.n, output.h, output.w, output.c = input.c] */
void tq_lce_max_pool_2d_a1_ref(const tq_lce_max_pool_params *params, const tq_unary_dims *dims,
                               const int32_t *input, int32_t *output);

/* Signs of a tensor; bool is one byte, 0 or 1.
 *
 *   input    in   [rows, depth]
 *   output   out  [rows, ceil(depth / 32)] */
void tq_lce_quantize_f32_a1_ref(const tq_lce_quantize_params *params, const tq_rows_dims *dims,
                                const float *input, int32_t *output);
void tq_lce_quantize_a8_a1_ref(const tq_lce_quantize_params *params, const tq_rows_dims *dims,
                               const int8_t *input, int32_t *output);
void tq_lce_quantize_bool_a1_ref(const tq_lce_quantize_params *params, const tq_rows_dims *dims,
                                 const uint8_t *input, int32_t *output);

/* The inverse.
 *
 *   input    in   [rows, ceil(depth / 32)]
 *   output   out  [rows, depth] */
void tq_lce_dequantize_a1_f32_ref(const tq_lce_dequantize_params *params, const tq_rows_dims *dims,
                                  const int32_t *input, float *output);
void tq_lce_dequantize_a1_a8_ref(const tq_lce_dequantize_params *params, const tq_rows_dims *dims,
                                 const int32_t *input, int8_t *output);
void tq_lce_dequantize_a1_bool_ref(const tq_lce_dequantize_params *params, const tq_rows_dims *dims,
                                   const int32_t *input, uint8_t *output);

#ifdef __cplusplus
}
#endif

#endif
