/* All that an application includes: the emitted model, its layers, and how to run them.
 *
 * The caller owns the memory: `arena` is tq_model.arena_bytes long and 8-byte aligned. Inputs are written
 * to and outputs read from arena + tensor.offset. Nothing is allocated and nothing else is touched. */
#ifndef TQ_H
#define TQ_H

#include "tinyq/tq_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* TQ_INT32: packed activations, see tq_kernels_bits.h. */
typedef enum { TQ_INT8 = 0, TQ_FLOAT32 = 1, TQ_INT32 = 2, TQ_INT16 = 3 } tq_dtype;

/* An input or output of the model: real = scale * (q - zero_point) where dtype is TQ_INT8. */
typedef struct {
  const char *name;
  int32_t offset; /* in the arena */
  int32_t bytes;
  tq_dtype dtype;
  int32_t rank;
  const int32_t *shape; /* [rank] */
  float scale;
  int32_t zero_point;
} tq_tensor;

/* One kernel call. `run` works on arena memory and constants only; NULL in a stripe. */
typedef struct {
  const char *name;
  const char *kernel;
  void (*run)(uint8_t *arena);
} tq_layer;

/* Layers first .. first + count - 1 take turns, tile by tile, so that of what lies between them there are
 * only tiles in the arena. */
typedef struct {
  int32_t first, count, tiles;
  void (*const *run)(uint8_t *arena, int32_t tile); /* [count] */
} tq_stripe;

/* What a layer of a stripe does for one tile: a kernel call with other sizes. In rows, or in columns. */
typedef struct {
  int32_t pad;           /* pad_top or pad_left; below 0 where the tile begins inside its input */
  int32_t input, output; /* sizes */
  int32_t start[2];      /* where it begins in the memory of its inputs */
  int32_t to;            /* and of its output, behind what is kept of earlier tiles */
  int32_t moved;         /* from where on that is kept: it moves to the front first */
} tq_tile;

/* `count` tiles of which each is the one before plus `step`. */
typedef struct {
  int32_t count;
  tq_tile first, step;
} tq_tiles;

/* Tile `number` of all that `tiles` tells one behind another. */
tq_tile tq_tile_at(const tq_tiles *tiles, int32_t number);

typedef struct {
  const char *name;
  int32_t abi; /* TQ_ABI that the code was generated for */
  int32_t arena_bytes;
  int32_t input_count, output_count, layer_count;
  const tq_tensor *inputs, *outputs;
  const tq_layer *layers;
  int32_t stripe_count; /* 0: stripes may be NULL */
  const tq_stripe *stripes; /* in order */
} tq_model;

/* Called after each layer, in a stripe after each of its tiles; may be NULL. */
typedef void (*tq_layer_hook)(int32_t layer, void *user);

/* One inference. Returns 0, or -1 if the model was generated for another ABI or the arena is misaligned. */
int tq_invoke(const tq_model *model, uint8_t *arena, tq_layer_hook hook, void *user);

#ifdef __cplusplus
}
#endif

#endif
