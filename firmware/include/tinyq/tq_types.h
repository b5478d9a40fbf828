/* Types that kernels, generated code and boards share. Mirrored by tinyq/core/params.py (a test compares
 * the fields). Shapes are NHWC, filters OHWI, depthwise filters 1HWO. Zero points are subtracted from
 * inputs and added to outputs. */
#ifndef TQ_TYPES_H
#define TQ_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* What is done once a layer, or once a program, is compiled for size. */
#if defined(__GNUC__)
#define TQ_ONCE __attribute__((cold))
#else
#define TQ_ONCE
#endif

/* Generated code checks this number; it changes whenever a struct, a kernel's arguments or a packed
 * format changes. */
#define TQ_ABI 1

typedef struct {
  int32_t n, h, w, c;
} tq_dims;

/* Conv2D and DepthwiseConv2D. A tile of an output is computed by the same call with other sizes; here as in all
 * that has padding it may be below 0: the first window begins that far inside the input. */
typedef struct {
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;
  int32_t input_zero_point, output_zero_point;
  int32_t activation_min, activation_max;
  const int32_t *multiplier; /* [c_out] Q0.31, 0 or in [2^30, 2^31) */
  const int8_t *shift;       /* [c_out] left if positive, -31..30 */
  const int8_t *levels;      /* [c_out] 1..127: weight = level * code; NULL for int8 weights */
  const int8_t *tables;      /* [..][2^bits]: weight = tables[levels[o]][code], levels from 0; NULL if none */
} tq_conv_params;

/* Conv: filter (c_out, h, w, c_in / groups). Depthwise: filter (1, h, w, c_out). */
typedef struct {
  tq_dims input, filter, output;
} tq_conv_dims;

typedef struct {
  int32_t input_zero_point, output_zero_point;
  int32_t activation_min, activation_max;
  const int32_t *multiplier; /* [c_out] */
  const int8_t *shift;       /* [c_out] */
  const int8_t *levels;      /* [c_out]; NULL for int8 weights */
  const int8_t *tables;      /* [..][2^bits] as above; NULL if none */
} tq_fully_connected_params;

/* input (rows, c_in), weights (c_out, c_in), output (rows, c_out). */
typedef struct {
  int32_t rows, c_in, c_out;
} tq_fully_connected_dims;

typedef struct {
  int32_t input1_zero_point, input1_multiplier, input1_shift;
  int32_t input2_zero_point, input2_multiplier, input2_shift;
  int32_t output_zero_point, output_multiplier, output_shift;
  int32_t left_shift;
  int32_t activation_min, activation_max;
} tq_add_params;

/* The product of two inputs. */
typedef struct {
  int32_t input1_zero_point, input2_zero_point, output_zero_point;
  int32_t multiplier, shift;
  int32_t activation_min, activation_max;
} tq_mul_params;

/* An input dimension of 1 is broadcast. */
typedef struct {
  tq_dims input1, input2, output;
} tq_add_dims;

/* Average and max pooling. */
typedef struct {
  int32_t filter_h, filter_w;
  int32_t stride_h, stride_w;
  int32_t pad_top, pad_left;
  int32_t activation_min, activation_max;
} tq_pool_params;

typedef struct {
  tq_dims input, output;
} tq_unary_dims;

/* Mean over every axis whose output size is 1; 1/count is folded into multiplier and shift. */
typedef struct {
  int32_t input_zero_point, output_zero_point;
  int32_t multiplier, shift;
} tq_mean_params;

typedef struct {
  tq_dims before; /* elements of padding ahead of each axis */
  int32_t value;
} tq_pad_params;

typedef struct {
  int32_t multiplier, left_shift;
  int32_t diff_min;
} tq_softmax_params;

/* `rows` rows of `depth` contiguous elements. */
typedef struct {
  int32_t rows, depth;
} tq_rows_dims;

/* int8 -> int8 with another scale, then clamped: QUANTIZE, RELU, RELU6. */
typedef struct {
  int32_t input_zero_point, output_zero_point;
  int32_t multiplier, shift;
  int32_t activation_min, activation_max;
} tq_requantize_params;

typedef struct {
  int32_t count;
} tq_count_dims;

/* real = scale * (q - zero_point) */
typedef struct {
  float scale;
  int32_t zero_point;
} tq_affine_params;

/* Input i gives sizes[i] contiguous elements to every row of the output. */
typedef struct {
  int32_t count;
  const int32_t *sizes; /* [count] */
} tq_concatenation_params;

#endif
