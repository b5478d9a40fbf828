/* The kernels on packed activations, and their manual: schemes a1w1, a1wt, atwt, a2w2 and all other mixes.
 *
 * A code has few levels. 2, 4, 8, 16 or 256 levels are M = 1, 2, 3, 4 or 8 bits: the code is the odd integer
 * sum over m of 2^m * s_m, s_m = +1 where bit m is 0 and -1 where it is 1. 3 levels are -1, 0, 1 in two bits:
 * first whether the code is not 0, then whether it is -1.
 *
 * Packed arrays are int32 words: of each row (the last axis, channels) first all first bits, then all second
 * bits, ... (planes), each plane in ceil(channels / 32) words, channel c in bit c % 32 of word c / 32. Bits
 * behind the last channel are 0; kernels rely on that, and write it so.
 *
 * Arguments are those of tq_kernels.h, in its order, and dims count channels, not words:
 *
 *   input    in       packed, x_levels; 4-byte aligned
 *   weights  in       packed, w_levels; 4-byte aligned
 *   bias     in       int32 or float [c_out]; NULL means zero; 4-byte aligned
 *   output   out      packed or float, 4-byte aligned; or int8, any alignment; overlaps no input
 *
 * A name tells the output: tq_conv_2d_bits packed, tq_conv_2d_bits_a8 int8, tq_conv_2d_bits_f32 float.
 * No sum leaves int32_t: tinyq proves it for every model that it emits. Only kernels with f32 in their name
 * use float; each of their operations is rounded to float. They check nothing. */
#ifndef TQ_KERNELS_BITS_H
#define TQ_KERNELS_BITS_H

#include "tinyq/tq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What becomes of a sum of products of codes. Fields that a kernel does not read are 0 and NULL. */
typedef struct {
  /* Packed: the code's number, from 0 for the lowest, is how many thresholds of its channel the sum exceeds;
   * where flip is 1, it is counted from the highest code down. */
  int32_t levels;
  const int32_t *thresholds; /* [c_out][levels - 1], ascending */
  const int8_t *flip;        /* [c_out], 0 or 1; NULL: 0 for all */
  /* int8: clamp(((sum << bias_shift) + bias) * multiplier * 2^(shift - 31) + zero_point) */
  int32_t bias_shift;
  int32_t zero_point;
  int32_t activation_min, activation_max;
  const int32_t *multiplier; /* [c_out] */
  const int8_t *shift;       /* [c_out] */
  /* float: clamp(sum * scale + bias) */
  const float *scale; /* [c_out] */
  float real_min, real_max;
} tq_bits_output;

/* Conv2D and DepthwiseConv2D. */
typedef struct {
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;
  int32_t pad_code; /* what taps outside the input hold: a code */
  int32_t x_levels, w_levels;
  tq_bits_output output;
} tq_conv_bits_params;

typedef struct {
  int32_t x_levels, w_levels;
  tq_bits_output output;
} tq_fully_connected_bits_params;

typedef struct {
  int32_t levels;
  int32_t per_channel;       /* 1: a row of thresholds a channel; 0: one row for all */
  const int32_t *thresholds; /* [depth or 1][levels - 1], ascending */
  const int8_t *flip;        /* [depth], 0 or 1; NULL: 0 for all */
} tq_quantize_a8_bits_params;

typedef struct {
  int32_t levels;
  int32_t per_channel;
  const float *thresholds; /* [depth or 1][levels - 1], ascending, finite */
  const int8_t *flip;
} tq_quantize_f32_bits_params;

typedef struct {
  int32_t filter_h, filter_w;
  int32_t stride_h, stride_w;
  int32_t pad_top, pad_left;
  int32_t levels;
} tq_max_pool_bits_params;

/* Input i gives channels[i] codes to every row of the output. */
typedef struct {
  int32_t count;
  int32_t levels;
  const int32_t *channels; /* [count] */
} tq_concatenation_bits_params;

typedef struct {
  int32_t levels;
  int32_t multiplier, shift;
  int32_t output_zero_point;
  int32_t activation_min, activation_max;
} tq_dequantize_bits_a8_params;

typedef struct {
  int32_t levels;
  float scale;
} tq_dequantize_bits_f32_params;

/* Conv2D. Filter element (fy, fx) of output (oy, ox) sees input row oy * stride_h - pad_top + fy * dilation_h,
 * column ox * stride_w - pad_left + fx * dilation_w; what is outside holds pad_code. Groups = input.c / filter.c,
 * a whole number that divides filter.n; a group may begin within a word.
 *
 *   input    in   [input.n, input.h, input.w, input.c]
 *   weights  in   [filter.n, filter.h, filter.w, filter.c] (OHWI)
 *   bias     in   [filter.n]
 *   output   out  [output.n = input.n, output.h, output.w, output.c = filter.n]
 *   scratch       _opt: 4 bytes a tap, and for one row, or with groups one a tap and one, 8 planes;
 *                 _sliced: that, or if more 16 bytes a word of a row and up to 7680 of tables and sums */
void tq_conv_2d_bits_ref(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                         const int32_t *weights, int32_t *output);
void tq_conv_2d_bits_a8_ref(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                            const int32_t *input, const int32_t *weights, const int32_t *bias,
                            int8_t *output);
void tq_conv_2d_bits_f32_ref(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *weights, const float *bias,
                             float *output);
void tq_conv_2d_bits_opt(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                         const int32_t *input, const int32_t *weights, int32_t *output, void *scratch);
void tq_conv_2d_bits_a8_opt(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                            const int32_t *input, const int32_t *weights, const int32_t *bias,
                            int8_t *output, void *scratch);
void tq_conv_2d_bits_f32_opt(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                             const int32_t *input, const int32_t *weights, const float *bias,
                             float *output, void *scratch);
void tq_conv_2d_bits_sliced(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                            const int32_t *input, const int32_t *weights, int32_t *output, void *scratch);
void tq_conv_2d_bits_a8_sliced(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                               const int32_t *input, const int32_t *weights, const int32_t *bias,
                               int8_t *output, void *scratch);
void tq_conv_2d_bits_f32_sliced(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                const int32_t *input, const int32_t *weights, const float *bias,
                                float *output, void *scratch);
int32_t tq_conv_2d_bits_opt_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_bits_a8_opt_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_bits_f32_opt_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_bits_sliced_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_bits_a8_sliced_scratch(const tq_conv_dims *dims);
int32_t tq_conv_2d_bits_f32_sliced_scratch(const tq_conv_dims *dims);

/* DepthwiseConv2D: output channel o reads input channel o / (output.c / input.c) only; output.c is a multiple
 * of input.c. The window is Conv2D's.
 *
 *   input    in   [input.n, input.h, input.w, input.c]
 *   weights  in   [filter.n = 1, filter.h, filter.w, filter.c = output.c] (1HWO)
 *   bias     in   [output.c]
 *   output   out  [output.n = input.n, output.h, output.w, output.c]
 *   scratch       _opt: 4 bytes a tap, and for one row, or if output.c > input.c one a tap and one, 8 planes;
 *                 _sliced: that, or if more 1204 bytes, 8 a tap and 16 a word of a row */
void tq_depthwise_conv_2d_bits_ref(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                   const int32_t *input, const int32_t *weights, int32_t *output);
void tq_depthwise_conv_2d_bits_a8_ref(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                      const int32_t *input, const int32_t *weights, const int32_t *bias,
                                      int8_t *output);
void tq_depthwise_conv_2d_bits_f32_ref(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                       const int32_t *input, const int32_t *weights, const float *bias,
                                       float *output);
void tq_depthwise_conv_2d_bits_opt(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                   const int32_t *input, const int32_t *weights, int32_t *output,
                                   void *scratch);
void tq_depthwise_conv_2d_bits_a8_opt(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                      const int32_t *input, const int32_t *weights, const int32_t *bias,
                                      int8_t *output, void *scratch);
void tq_depthwise_conv_2d_bits_f32_opt(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                       const int32_t *input, const int32_t *weights, const float *bias,
                                       float *output, void *scratch);
void tq_depthwise_conv_2d_bits_sliced(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                      const int32_t *input, const int32_t *weights, int32_t *output,
                                      void *scratch);
void tq_depthwise_conv_2d_bits_a8_sliced(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                         const int32_t *input, const int32_t *weights, const int32_t *bias,
                                         int8_t *output, void *scratch);
void tq_depthwise_conv_2d_bits_f32_sliced(const tq_conv_bits_params *params, const tq_conv_dims *dims,
                                          const int32_t *input, const int32_t *weights, const float *bias,
                                          float *output, void *scratch);
int32_t tq_depthwise_conv_2d_bits_opt_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_bits_a8_opt_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_bits_f32_opt_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_bits_sliced_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_bits_a8_sliced_scratch(const tq_conv_dims *dims);
int32_t tq_depthwise_conv_2d_bits_f32_sliced_scratch(const tq_conv_dims *dims);

/* FullyConnected: sum[r, o] = sum over i of input[r, i] * weights[o, i].
 *
 *   input    in   [rows, c_in]
 *   weights  in   [c_out, c_in] (OI)
 *   bias     in   [c_out]
 *   output   out  [rows, c_out] */
void tq_fully_connected_bits_ref(const tq_fully_connected_bits_params *params,
                                 const tq_fully_connected_dims *dims, const int32_t *input,
                                 const int32_t *weights, int32_t *output);
void tq_fully_connected_bits_a8_ref(const tq_fully_connected_bits_params *params,
                                    const tq_fully_connected_dims *dims, const int32_t *input,
                                    const int32_t *weights, const int32_t *bias, int8_t *output);
void tq_fully_connected_bits_f32_ref(const tq_fully_connected_bits_params *params,
                                     const tq_fully_connected_dims *dims, const int32_t *input,
                                     const int32_t *weights, const float *bias, float *output);
void tq_fully_connected_bits_opt(const tq_fully_connected_bits_params *params,
                                 const tq_fully_connected_dims *dims, const int32_t *input,
                                 const int32_t *weights, int32_t *output);
void tq_fully_connected_bits_a8_opt(const tq_fully_connected_bits_params *params,
                                    const tq_fully_connected_dims *dims, const int32_t *input,
                                    const int32_t *weights, const int32_t *bias, int8_t *output);
void tq_fully_connected_bits_f32_opt(const tq_fully_connected_bits_params *params,
                                     const tq_fully_connected_dims *dims, const int32_t *input,
                                     const int32_t *weights, const float *bias, float *output);
void tq_fully_connected_bits_sliced(const tq_fully_connected_bits_params *params,
                                    const tq_fully_connected_dims *dims, const int32_t *input,
                                    const int32_t *weights, int32_t *output);
void tq_fully_connected_bits_a8_sliced(const tq_fully_connected_bits_params *params,
                                       const tq_fully_connected_dims *dims, const int32_t *input,
                                       const int32_t *weights, const int32_t *bias, int8_t *output);
void tq_fully_connected_bits_f32_sliced(const tq_fully_connected_bits_params *params,
                                        const tq_fully_connected_dims *dims, const int32_t *input,
                                        const int32_t *weights, const float *bias, float *output);

/* Weights are not those of the file, but as tinyq/core/arrange_listed.py arranges them:
 *   weights  in   a word for each input and plane of 32 outputs, whose bits lie in it
 *   scratch       4 bytes an output, and for each of 1024 inputs or fewer, and 520 */
void tq_fully_connected_bits_listed(const tq_fully_connected_bits_params *params,
                                    const tq_fully_connected_dims *dims, const int32_t *input,
                                    const int32_t *weights, int32_t *output, void *scratch);
void tq_fully_connected_bits_a8_listed(const tq_fully_connected_bits_params *params,
                                       const tq_fully_connected_dims *dims, const int32_t *input,
                                       const int32_t *weights, const int32_t *bias, int8_t *output, void *scratch);
void tq_fully_connected_bits_f32_listed(const tq_fully_connected_bits_params *params,
                                        const tq_fully_connected_dims *dims, const int32_t *input,
                                        const int32_t *weights, const float *bias, float *output, void *scratch);
int32_t tq_fully_connected_bits_listed_scratch(const tq_fully_connected_dims *dims);
int32_t tq_fully_connected_bits_a8_listed_scratch(const tq_fully_connected_dims *dims);
int32_t tq_fully_connected_bits_f32_listed_scratch(const tq_fully_connected_dims *dims);

/* Quantize: the code's number is how many thresholds of its channel the element exceeds; NaN exceeds none.
 *
 *   input    in   int8 (the stored integer), any alignment, or float, 4-byte aligned: [rows, depth]
 *   output   out  packed [rows, depth] */
void tq_quantize_a8_bits_dsp(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output);
void tq_quantize_a8_bits_opt(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output);
void tq_quantize_a8_bits_ref(const tq_quantize_a8_bits_params *params, const tq_rows_dims *dims,
                             const int8_t *input, int32_t *output);
void tq_quantize_f32_bits_ref(const tq_quantize_f32_bits_params *params, const tq_rows_dims *dims,
                              const float *input, int32_t *output);

/* Dequantize: code * multiplier * 2^(shift - 31) + output_zero_point, or code * scale.
 *
 *   input    in   packed [rows, depth]
 *   output   out  [rows, depth] */
void tq_dequantize_bits_a8_ref(const tq_dequantize_bits_a8_params *params, const tq_rows_dims *dims,
                               const int32_t *input, int8_t *output);
void tq_dequantize_bits_f32_ref(const tq_dequantize_bits_f32_params *params, const tq_rows_dims *dims,
                                const int32_t *input, float *output);

/* MaxPool2D: the largest code of those in a window that are inside the input (every window has some).
 *
 *   input    in   packed [input.n, input.h, input.w, input.c]
 *   output   out  packed [output.n = input.n, output.h, output.w, output.c = input.c] */
void tq_max_pool_2d_bits_ref(const tq_max_pool_bits_params *params, const tq_unary_dims *dims,
                             const int32_t *input, int32_t *output);

/* Concatenation along the channels: a row of the output is a row of inputs[0], one of inputs[1], ...
 *
 *   inputs   in   params->count pointers; inputs[i] is packed [rows, channels[i]]
 *   output   out  packed [rows, depth = sum of channels] */
void tq_concatenation_bits_ref(const tq_concatenation_bits_params *params, const tq_rows_dims *dims,
                               const int32_t *const *inputs, int32_t *output);

#ifdef __cplusplus
}
#endif

#endif
