/* Custom operators of a .tflite file -> calls of the kernels, for runtimes that walk the file themselves
 * (TFLite Micro, LiteRT). What tinyq/graph/lowering.py does before a model is emitted is done here when it is
 * loaded, with the same checks and the same integers (a test compares them).
 *
 * A runtime describes a node, finds its operator, loads it once, and then runs it as often as it likes:
 *
 *   const tq_operator *operator_ = tq_find_operator(node.kind);
 *   if (tq_load(operator_, &node, allocate, context, &loaded, &error) != TQ_OK) ... error.text ...
 *   tq_run(&loaded, inputs, output, scratch);
 *
 * Nothing here allocates but through `allocate`; there are no globals, no stdio, no recursion. Options and
 * constants of the file are not trusted: what lies, or is damaged, is refused with a sentence. The runtime's
 * own description (pointers, ranks, byte counts) is. */
#ifndef TQ_LOADER_H
#define TQ_LOADER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TQ_ERROR_CHARS 256

typedef enum {
  TQ_OK = 0,
  TQ_UNKNOWN_OPERATOR,
  TQ_BAD_OPTIONS, /* damaged, or not those of the operator */
  TQ_NEWER_ABI,   /* the file needs a newer library */
  TQ_BAD_OPTION,
  TQ_BAD_TENSOR, /* missing, or of a wrong type, shape or length */
  TQ_BAD_SCALE,
  TQ_BAD_WEIGHTS, /* packed data that no packer writes, levels or tables out of range */
  TQ_NO_MEMORY
} tq_loader_status;

typedef struct {
  tq_loader_status status;
  char text[TQ_ERROR_CHARS]; /* one sentence: operator, tensor, what was got, what is allowed */
} tq_loader_error;

typedef enum {
  TQ_ELEMENT_ABSENT = 0, /* an optional input that is not there */
  TQ_ELEMENT_OTHER,
  TQ_ELEMENT_INT8,
  TQ_ELEMENT_UINT8,
  TQ_ELEMENT_INT16,
  TQ_ELEMENT_INT32,
  TQ_ELEMENT_INT64,
  TQ_ELEMENT_FLOAT32,
  TQ_ELEMENT_BOOL
} tq_element;

typedef struct {
  const char *name; /* NULL where the runtime does not know it */
  tq_element element;
  int32_t rank;
  const int32_t *shape;                    /* [rank] */
  int32_t scale_count, zero_point_count;   /* 0: not quantized */
  int32_t axis;                            /* of several scales */
  const float *scale;                      /* [scale_count] */
  const int32_t *zero_point;               /* [zero_point_count] */
  const void *data;                        /* of a constant, valid as long as the operator; else NULL */
  size_t bytes;                            /* of data */
} tq_loader_tensor;

typedef struct {
  const char *kind;  /* the custom operator's name */
  int32_t index;     /* in the graph; -1 where the runtime does not know it */
  const uint8_t *options;
  size_t option_bytes;
  int32_t input_count, output_count;
  const tq_loader_tensor *inputs, *outputs;
  int32_t keeps; /* whether an operator may keep its weights as the processor wants them, in several times the bytes */
} tq_loader_node;

/* Returns memory, 8-byte aligned, that lives as long as the operator; NULL where there is no more. */
typedef void *tq_allocate(void *context, size_t bytes);

typedef struct tq_loading tq_loading;

typedef void tq_run_operator(const void *state, const void *const *inputs, void *output, void *scratch);

/* An operator: one file tq_operator_<name>.c, and one line of tq_operators.def.
 * `load` checks a node and returns what `run` needs, or NULL after a refusal. Where that depends on the types of
 * the node's tensors, load chooses among several, and `run` is NULL. */
typedef struct {
  const char *kind;
  void *(*load)(tq_loading *loading);
  tq_run_operator *run;
} tq_operator;

typedef struct {
  const tq_operator *operator_;
  tq_run_operator *run;
  const void *state;     /* begins with the kernel's params, then its dims */
  int32_t scratch_bytes; /* that tq_run needs, 8-byte aligned; 0: none */
} tq_loaded;

#define TQ_OPERATOR(name) extern const tq_operator tq_operator_##name;
#include "tq_operators.def"
#undef TQ_OPERATOR

/* All operators, in the order of tq_operators.def, NULL behind the last one. */
extern const tq_operator *const tq_operators[];

/* NULL where this library has none of that name. */
const tq_operator *tq_find_operator(const char *kind);

/* Check a node and prepare its call. `error` is written in any case. */
tq_loader_status tq_load(const tq_operator *operator_, const tq_loader_node *node, tq_allocate *allocate,
                         void *context, tq_loaded *loaded, tq_loader_error *error);

/* One call: inputs as the node has them (constants too; NULL for absent ones). */
void tq_run(const tq_loaded *loaded, const void *const *inputs, void *output, void *scratch);

#ifdef __cplusplus
}
#endif

#endif
