/* What the operators' files are written with: a node that is being loaded, and checks of its parts.
 *
 * The first refusal counts: after it, checks return harmless values (the low end of a range, an absent tensor)
 * and change nothing, so a file may do several checks before it asks tq_refused. */
#ifndef TQ_LOADING_H
#define TQ_LOADING_H

#include "tq_flex.h"
#include "tq_loader.h"
#include "tinyq/tq_types.h"

#define TQ_MAX_ACCUMULATOR (INT32_MAX - 128) /* tinyq/core/requantize.py */

struct tq_loading {
  const tq_loader_node *node;
  tq_flex_map options;
  tq_allocate *allocate;
  void *context;
  int32_t scratch_bytes;
  tq_run_operator *run; /* the operator's, unless load sets another */
  tq_loader_error *error;
};

/* Refuse the node. In `format`, %s is a string, %i an int64_t, %t a tensor (its name, if known, and shape). */
void tq_refuse(tq_loading *loading, tq_loader_status status, const char *format, ...);
int tq_refused(const tq_loading *loading);

/* `bytes` of memory for the operator's life, zeroed; NULL after a refusal. */
void *tq_new(tq_loading *loading, size_t bytes);

/* Options. There must be exactly `count` of them; abi is one. */
void tq_check_options(tq_loading *loading, int32_t count);
/* The same of Larq Compute Engine's operators, which have no abi. */
void tq_check_option_count(tq_loading *loading, int32_t count);
int32_t tq_integer_option(tq_loading *loading, const char *name, int32_t low, int32_t high);
/* The place of a string option in `names`, NULL behind the last one. */
int32_t tq_name_option(tq_loading *loading, const char *name, const char *const *names);

/* Tensors. `role` says in a refusal what it is; all sizes are 1 to INT32_MAX in all. */
void tq_check_counts(tq_loading *loading, int32_t fewest, int32_t most);
int tq_is_absent(const tq_loading *loading, int32_t position);
size_t tq_element_bytes(tq_element element);
const char *tq_element_name(tq_element element);
/* Which of two or three types (TQ_ELEMENT_ABSENT behind the last one) a tensor has. */
tq_element tq_input_type(tq_loading *loading, int32_t position, const tq_element *allowed);
tq_element tq_output_type(tq_loading *loading, const tq_element *allowed);
const tq_loader_tensor *tq_input(tq_loading *loading, int32_t position, tq_element element);
const tq_loader_tensor *tq_output(tq_loading *loading, tq_element element);
/* A constant of the size that its shape says, aligned to its elements. */
const tq_loader_tensor *tq_constant(tq_loading *loading, int32_t position, const char *role, tq_element element);
int64_t tq_size(const tq_loader_tensor *tensor); /* elements */
int32_t tq_last_axis(const tq_loader_tensor *tensor);
int32_t tq_rows(const tq_loader_tensor *tensor); /* all axes but the last */
tq_dims tq_image(tq_loading *loading, const tq_loader_tensor *tensor); /* four axes */
void tq_check_shape(tq_loading *loading, const tq_loader_tensor *tensor, int32_t rank, const int32_t *shape);
/* The output has the input's axes, but for the last one. */
void tq_check_rows(tq_loading *loading, const tq_loader_tensor *source, const tq_loader_tensor *output,
                   int32_t last);

/* Quantization of a whole int8 activation. */
typedef struct {
  double scale;
  int32_t zero_point;
} tq_affine;
tq_affine tq_affine_of(tq_loading *loading, const tq_loader_tensor *tensor);
/* The largest |q - zero_point| of an int8 activation. */
int32_t tq_centred_peak(tq_affine affine);
/* round(real / scale) with the division in float32, ties away from zero, within +-1000: what is clamped to
 * int8 needs no more. */
int32_t tq_quantized(float real, double scale);
/* The int8 range that fused_activation_function leaves. */
void tq_activation_range(tq_loading *loading, tq_affine output, int32_t *low, int32_t *high);
/* Scales of weights, a float32 constant: one, or one a channel. */
void tq_check_scales(tq_loading *loading, const tq_loader_tensor *tensor, int32_t channels);

/* A real multiplier >= 0 as Q0.31 and a left shift of -31 to 30. */
void tq_quantize_multiplier(tq_loading *loading, double real, int32_t *multiplier, int8_t *shift);
/* An accumulator of magnitude `worst`, shifted left by `shift` if that is positive, stays in 32 bits. */
void tq_check_accumulator(tq_loading *loading, int64_t worst, int32_t shift);

/* How a filter walks along one axis: 'h' or 'w'. */
typedef struct {
  int32_t stride, dilation, before, output;
} tq_axis;
#define TQ_MOST_POSITIONS (1 << 24) /* positions are 32-bit; nothing real comes near */
enum { TQ_PADDING_SAME, TQ_PADDING_VALID };   /* the schema's numbers */
enum { TQ_ACTIVATION_NONE, TQ_ACTIVATION_RELU, TQ_ACTIVATION_RELU_N1_TO_1, TQ_ACTIVATION_RELU6 };
/* Options padding and those named; no dilation where that is NULL. */
tq_axis tq_padded_axis(tq_loading *loading, const char *stride_name, const char *dilation_name, int32_t size,
                       int32_t filter_size);
tq_axis tq_scan_axis(tq_loading *loading, char axis, int32_t size, int32_t filter_size, int dilated);

#endif
