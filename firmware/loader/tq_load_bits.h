/* What the operators on packed activations that compute have in common: TqBitConv2D, TqBitDepthwiseConv2D,
 * TqBitFullyConnected. Inputs: packed activation, packed weights; then thresholds and flip where the output is
 * packed, else bias and scales; flip, bias and scales may be absent. */
#ifndef TQ_LOAD_BITS_H
#define TQ_LOAD_BITS_H

#include "tinyq/tq_kernels_bits.h"
#include "tq_packed_tensors.h"

typedef enum { TQ_BITS_PACKED, TQ_BITS_INT8, TQ_BITS_FLOAT32 } tq_bits_kind;

typedef struct {
  int32_t x_levels, w_levels;
  int32_t out_levels; /* 0: the output is not packed */
  const tq_loader_tensor *weights;
  int32_t row_channels; /* codes in a row of the weights */
  /* The operator's file fills these in. */
  const tq_loader_tensor *source;
  int32_t channels;    /* of the output */
  int32_t taps;        /* rows of the weights that an output channel reads */
  int32_t interleaved; /* of each row it reads its own code only (depthwise) */
} tq_bits_layer;

/* Levels and weights: `rank` axes, the last one packed from `row_channels` codes. */
void tq_load_bits_layer(tq_loading *loading, int32_t rank, int32_t row_channels, tq_bits_layer *layer);

/* The largest that a channel's sum can be. */
int64_t tq_bits_peak(const tq_bits_layer *layer, int32_t channel);

/* What becomes of the sums, and of which type the output is. */
tq_bits_kind tq_load_bits_output(tq_loading *loading, const tq_bits_layer *layer, tq_bits_output *output);
void tq_load_bits_int8(tq_loading *loading, const tq_bits_layer *layer, int32_t bias_shift, tq_bits_output *output);
void tq_load_bits_float(tq_loading *loading, const tq_bits_layer *layer, tq_bits_output *output);
/* Bias, checked; NULL if it is absent. */
const void *tq_bits_bias(tq_loading *loading, const tq_bits_layer *layer, tq_element element);
/* Scales of the weights: one, or one a channel. */
const float *tq_bits_scales(tq_loading *loading, const tq_bits_layer *layer, int32_t *count);

/* The output's shape: `source` but for the last axis, which holds the layer's channels. */
int32_t tq_bits_last_axis(const tq_bits_layer *layer);
const tq_loader_tensor *tq_bits_declared(tq_loading *loading, tq_bits_kind kind);

typedef struct {
  void (*packed)(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                 const int32_t *weights, int32_t *output, void *scratch);
  void (*int8)(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
               const int32_t *weights, const int32_t *bias, int8_t *output, void *scratch);
  void (*real)(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
               const int32_t *weights, const float *bias, float *output, void *scratch);
  int32_t (*scratch[3])(const tq_conv_dims *dims); /* by tq_bits_kind */
  /* What keeps weights, if the runtime has the memory: all three, or none. */
  void (*packed_keeping)(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                         const int32_t *weights, int32_t *output, void *scratch, void *kept);
  void (*int8_keeping)(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                       const int32_t *weights, const int32_t *bias, int8_t *output, void *scratch, void *kept);
  int32_t (*kept)(const tq_conv_dims *dims, int32_t w_levels);
} tq_bits_conv_variants;

/* A convolution whose layer is loaded and whose filter fits its options. NULL after a refusal. */
void *tq_load_bits_conv(tq_loading *loading, const tq_bits_conv_variants *variants, tq_dims input, tq_dims filter,
                        const tq_bits_layer *layer);
/* The filter's size, which the options repeat: [n, h, w, row_channels]. */
tq_dims tq_bits_filter(tq_loading *loading, const tq_bits_layer *layer);

#endif
