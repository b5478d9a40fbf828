/* One node of a model that this library computes. */
#ifndef TQ_CALL_H
#define TQ_CALL_H

#include "tq_loader.h"
#include "tq_tflite.h"

typedef struct tq_call tq_call;

struct tq_call {
  tq_call *next;
  int node; /* its number in the graph */
  int input_count, output;
  int *inputs; /* tensor numbers, TQ_TFLITE_ABSENT for absent ones */
  const char *kind;
  const void *options;
  size_t option_bytes;
  tq_loaded loaded;
  void *memory;  /* what the loader asked for, a list */
  void *scratch;
  const void **pointers; /* [input_count] */
};

/* A call for `node`, not loaded yet; NULL without memory, or unless it has one output. */
tq_call *tq_call_new(int index, const tq_tflite_node *node, const char *kind);

/* Load it, again if it was loaded before, with the tensors as they are now. */
tq_loader_status tq_call_load(tq_call *call, const tq_tflite_context *context, tq_loader_error *error);

void tq_call_run(const tq_call *call, const tq_tflite_context *context);

void tq_call_free(tq_call *call);

#endif
