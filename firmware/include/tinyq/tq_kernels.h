/* The kernels: this header is their manual.
 *
 * Names: tq_<operator>_<scheme>_<variant>. Scheme a8w8: int8 activations, int8 weights; a8wt: ternary weights,
 * five codes in a byte; a8w1: binary weights, eight codes in a byte; a8w2, a8w3, a8w4: 4, 8 or 16 values a
 * channel, 2, 3 or 4 bits a weight. Every kernel has the variant _ref: it reads like the formula, and is the
 * truth. Faster ones give the same integers; _opt is C99 for any core.
 *
 * Arguments are always (params, dims, inputs, weights, bias, output, scratch), those that apply; scratch is the
 * variant's, the others are the same for all variants.
 *
 *   params   in       see tq_types.h
 *   dims     in       shapes; every size >= 1; NHWC, the last axis is contiguous
 *   input    in       int8 in [-128, 127], meaning scale * (x - input_zero_point); any alignment
 *   weights  in       int8 in [-127, 127]; zero point 0, any alignment
 *   packed   in       uint8 [ceil(codes / 5)] or [ceil(codes * bits / 8)]; any alignment. Codes lie flat, in
 *                     the order of the filter's axes, with no padding between rows: a row may begin in mid-byte.
 *                     Ternary codes t_i in {-1, 0, 1}: the byte is ceil(256 * v / 243) with
 *                     v = sum (t_i + 1) * 3^(4 - i), i = 0..4; unused codes of the last byte are 0.
 *                     Binary codes: bit i (from the lowest) is the i-th code, 0 means +1, 1 means -1.
 *                     Output channel o's weight is levels[o] * code, levels[o] in 1..127.
 *                     Codes of 2, 3, 4 bits: code i is bits bits * i and the following, lowest first, of all
 *                     bytes, lowest bit first. The weight is tables[levels[o]][code], in [-127, 127].
 *   bias     in       int32, in units of input scale * weight scale; NULL means zero; 4-byte aligned
 *   output   out      int8 in [activation_min, activation_max]; any alignment; overlaps no input
 *   scratch  scratch  tq_<kernel>_<variant>_scratch(dims) bytes, 4-byte aligned, contents need not be kept
 *
 * Zero points are in [-128, 127], -128 <= activation_min <= activation_max <= 127. Accumulators and, where a
 * shift is positive, accumulator * 2^shift must fit int32_t: tinyq proves it for every model that it emits.
 *
 * Integers are those of TFLite Micro's reference kernels (two roundings), bit for bit. Kernels use no globals,
 * no malloc, no stdio, no recursion and, but for quantize and dequantize, no float. They check nothing. */
#ifndef TQ_KERNELS_H
#define TQ_KERNELS_H

#include "tinyq/tq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Conv2D. Filter element (fy, fx) of output (oy, ox) sees input row oy * stride_h - pad_top + fy * dilation_h,
 * column ox * stride_w - pad_left + fx * dilation_w; what is outside counts as input_zero_point. SAME and VALID
 * differ in pad_top, pad_left and the output's shape only. Groups = input.c / filter.c, a whole number that
 * divides filter.n.
 *
 *   input    in   [input.n, input.h, input.w, input.c]
 *   weights  in   [filter.n, filter.h, filter.w, filter.c] (OHWI); levels NULL
 *   packed   in   as many codes in the same order; levels [filter.n]
 *   bias     in   [filter.n]
 *   output   out  [output.n = input.n, output.h, output.w, output.c = filter.n]
 *   scratch       _opt: 9 bytes (a8wt, a8w1) or 4 for each of filter.h * filter.w * filter.c; _lean: 4 */
void tq_conv_2d_a8w8_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, int8_t *output);
void tq_conv_2d_a8wt_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_conv_2d_a8w1_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_conv_2d_a8w8_opt(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, int8_t *output);
void tq_conv_2d_a8wt_opt(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8w1_opt(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8wt_opt_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_a8w1_opt_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8wt_lean(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8w1_lean(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8wt_lean_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_a8w1_lean_scratch(const tq_conv_dims *dims);
void tq_conv_2d_a8w2_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_conv_2d_a8w3_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_conv_2d_a8w4_ref(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_conv_2d_a8w2_opt(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8w3_opt(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
void tq_conv_2d_a8w4_opt(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                         const uint8_t *packed, const int32_t *bias, int8_t *output, void *scratch);
int32_t tq_conv_2d_a8w2_opt_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_a8w3_opt_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_a8w4_opt_scratch(const tq_conv_dims *dims);

/* DepthwiseConv2D: output channel o reads input channel o / (output.c / input.c) only; output.c is a multiple
 * of input.c. Strides, padding and dilation as for Conv2D.
 *
 *   input    in   [input.n, input.h, input.w, input.c]
 *   weights  in   [filter.n = 1, filter.h, filter.w, filter.c = output.c] (1HWO); levels NULL
 *   packed   in   as many codes in the same order; levels [output.c]
 *   bias     in   [output.c]
 *   output   out  [output.n = input.n, output.h, output.w, output.c]
 *   scratch       _opt: 1 byte for each of filter.h * filter.w * filter.c */
void tq_depthwise_conv_2d_a8w8_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const int8_t *weights, const int32_t *bias,
                                   int8_t *output);
void tq_depthwise_conv_2d_a8wt_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output);
void tq_depthwise_conv_2d_a8w1_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output);
void tq_depthwise_conv_2d_a8w8_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const int8_t *weights, const int32_t *bias,
                                   int8_t *output);
void tq_depthwise_conv_2d_a8wt_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output, void *scratch);
void tq_depthwise_conv_2d_a8w1_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8wt_opt_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_a8w1_opt_scratch(const tq_conv_dims *dims);
void tq_depthwise_conv_2d_a8w2_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output);
void tq_depthwise_conv_2d_a8w3_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output);
void tq_depthwise_conv_2d_a8w4_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output);
void tq_depthwise_conv_2d_a8w2_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output, void *scratch);
void tq_depthwise_conv_2d_a8w3_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output, void *scratch);
void tq_depthwise_conv_2d_a8w4_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                   const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                   int8_t *output, void *scratch);
int32_t tq_depthwise_conv_2d_a8w2_opt_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_a8w3_opt_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_a8w4_opt_scratch(const tq_conv_dims *dims);

/* TransposeConv: what Conv2D of the same filter would pass back. Input position y and filter element fy go to
 * output row y * stride_h - pad_top + fy, if there is one; columns likewise. Nothing is dilated.
 *
 *   input    in   [input.n, input.h, input.w, input.c]
 *   weights  in   [filter.n, filter.h, filter.w, filter.c = input.c] (OHWI); levels NULL
 *   packed   in   as many codes in the same order; levels [filter.n]
 *   bias     in   [filter.n]
 *   output   out  [output.n = input.n, output.h, output.w, output.c = filter.n]
 *   scratch       _opt: 4 bytes (a8w8) or 5 for each of filter.h * filter.w * filter.c */
void tq_transpose_conv_a8w8_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const int8_t *weights, const int32_t *bias,
                                int8_t *output);
void tq_transpose_conv_a8wt_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output);
void tq_transpose_conv_a8w1_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output);
void tq_transpose_conv_a8w2_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output);
void tq_transpose_conv_a8w3_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output);
void tq_transpose_conv_a8w4_ref(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output);
void tq_transpose_conv_a8w8_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const int8_t *weights, const int32_t *bias,
                                int8_t *output, void *scratch);
void tq_transpose_conv_a8wt_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output, void *scratch);
void tq_transpose_conv_a8w1_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output, void *scratch);
void tq_transpose_conv_a8w2_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output, void *scratch);
void tq_transpose_conv_a8w3_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output, void *scratch);
void tq_transpose_conv_a8w4_opt(const tq_conv_params *params, const tq_conv_dims *dims,
                                const int8_t *input, const uint8_t *packed, const int32_t *bias,
                                int8_t *output, void *scratch);
int32_t tq_transpose_conv_a8w8_opt_scratch(const tq_conv_dims *dims);
int32_t tq_transpose_conv_a8wt_opt_scratch(const tq_conv_dims *dims);
int32_t tq_transpose_conv_a8w1_opt_scratch(const tq_conv_dims *dims);
int32_t tq_transpose_conv_a8w2_opt_scratch(const tq_conv_dims *dims);
int32_t tq_transpose_conv_a8w3_opt_scratch(const tq_conv_dims *dims);
int32_t tq_transpose_conv_a8w4_opt_scratch(const tq_conv_dims *dims);

/* FullyConnected: output[r, o] = sum over i of input[r, i] * weights[o, i] + bias[o].
 *
 *   input    in   [rows, c_in]
 *   weights  in   [c_out, c_in] (OI); levels NULL
 *   packed   in   as many codes in the same order; levels [c_out]
 *   bias     in   [c_out]
 *   output   out  [rows, c_out] */
void tq_fully_connected_a8w8_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const int8_t *weights, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8wt_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w1_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w8_opt(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const int8_t *weights, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8wt_opt(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w1_opt(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w2_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w3_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w4_ref(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w2_opt(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w3_opt(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);
void tq_fully_connected_a8w4_opt(const tq_fully_connected_params *params,
                                 const tq_fully_connected_dims *dims, const int8_t *input,
                                 const uint8_t *packed, const int32_t *bias, int8_t *output);

/* Add, Sub. Both inputs times 2^left_shift are brought to a common scale, added (or the second subtracted), and
 * rescaled; no shift is positive. Mul: the product is rescaled.
 *
 *   input1   in   [input1.n, input1.h, input1.w, input1.c], each size output's or 1 (broadcast)
 *   input2   in   likewise
 *   output   out  [output.n, output.h, output.w, output.c] */
void tq_add_a8_ref(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1,
                   const int8_t *input2, int8_t *output);
void tq_sub_a8_ref(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1,
                   const int8_t *input2, int8_t *output);
void tq_mul_a8_ref(const tq_mul_params *params, const tq_add_dims *dims, const int8_t *input1,
                   const int8_t *input2, int8_t *output);

/* AveragePool2D, MaxPool2D: over the elements of a window that are inside the input (every window has some).
 * Averages are rounded to nearest, ties away from zero. Input and output have one scale and zero point.
 *
 *   input    in   [input.n, input.h, input.w, input.c]
 *   output   out  [output.n = input.n, output.h, output.w, output.c = input.c] */
void tq_average_pool_2d_a8_ref(const tq_pool_params *params, const tq_unary_dims *dims,
                               const int8_t *input, int8_t *output);
void tq_max_pool_2d_a8_ref(const tq_pool_params *params, const tq_unary_dims *dims, const int8_t *input,
                           int8_t *output);

/* Mean over all axes whose output size is 1. multiplier (>= 0) and shift hold 1 / count, too.
 *
 *   input    in   [input.n, input.h, input.w, input.c]
 *   output   out  [output.n, output.h, output.w, output.c], each size input's or 1; in [-128, 127] */
void tq_mean_a8_ref(const tq_mean_params *params, const tq_unary_dims *dims, const int8_t *input,
                    int8_t *output);

/* Pad: `before` elements of `value` (in [-128, 127]) ahead of each axis, output - input - before behind it.
 *
 *   input    in   [input.n, input.h, input.w, input.c]
 *   output   out  [output.n, output.h, output.w, output.c] */
void tq_pad_a8_ref(const tq_pad_params *params, const tq_unary_dims *dims, const int8_t *input,
                   int8_t *output);

/* Softmax of every row. (x - maximum of the row) * multiplier * 2^(left_shift - 31) is Q5.26 (beta is in it);
 * differences below diff_min count as no weight at all. 0 <= left_shift <= 30.
 *
 *   input    in   [rows, depth], depth <= 511
 *   output   out  [rows, depth], scale 1/256, zero point -128 */
void tq_softmax_a8_ref(const tq_softmax_params *params, const tq_rows_dims *dims, const int8_t *input,
                       int8_t *output);

/* Quantize from int8 to int8, and ReLU, ReLU6 that are not fused.
 *
 *   input    in   [count]
 *   output   out  [count] */
void tq_requantize_a8_ref(const tq_requantize_params *params, const tq_count_dims *dims,
                          const int8_t *input, int8_t *output);

/* Quantize: round(x / scale) + zero_point, ties away from zero, saturated; NaN becomes -128.
 *
 *   input    in   float [count], 4-byte aligned
 *   output   out  [count], in [-128, 127] */
void tq_quantize_f32_a8_ref(const tq_affine_params *params, const tq_count_dims *dims, const float *input,
                            int8_t *output);

/* Dequantize: scale * (x - zero_point).
 *
 *   input    in   [count]
 *   output   out  float [count], 4-byte aligned */
void tq_dequantize_a8_f32_ref(const tq_affine_params *params, const tq_count_dims *dims,
                              const int8_t *input, float *output);

/* Concatenation: a row of the output is a row of inputs[0], one of inputs[1], ...; all have one scale and zero
 * point.
 *
 *   inputs   in   params->count pointers; inputs[i] is [rows, sizes[i]]
 *   output   out  [rows, depth = sum of sizes] */
void tq_concatenation_a8_ref(const tq_concatenation_params *params, const tq_rows_dims *dims,
                             const int8_t *const *inputs, int8_t *output);

#ifdef __cplusplus
}
#endif

#endif
