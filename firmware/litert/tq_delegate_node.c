#include "tq_delegate.h"

/* The runtime makes one node of each of ours. */
static void *node_init(tq_tflite_context *context, const char *buffer, size_t length) {
  const tq_tflite_delegate_params *const params = (const void *)buffer;
  const int index = params->nodes_to_replace->data[0];

  (void)context;
  (void)length;
  for (tq_call *call = ((tq_delegate *)params->delegate->data)->calls; call != NULL; call = call->next) {
    if (call->node == index) return call;
  }
  return NULL;
}

static void node_free(tq_tflite_context *context, void *buffer) {
  (void)context; /* calls belong to the delegate */
  (void)buffer;
}

/* Shapes may be other ones than when the model was loaded. */
static int node_prepare(tq_tflite_context *context, tq_tflite_node *node) {
  tq_loader_error error;

  if (node->user_data == NULL) return TQ_TFLITE_ERROR;
  if (tq_call_load(node->user_data, context, &error) == TQ_OK) return TQ_TFLITE_OK;
  context->report_error(context, "tinyq: %s", error.text);
  return TQ_TFLITE_ERROR;
}

static int node_invoke(tq_tflite_context *context, tq_tflite_node *node) {
  tq_call_run(node->user_data, context);
  return TQ_TFLITE_OK;
}

const tq_tflite_registration tq_delegate_registration = {
    node_init, node_free, node_prepare, node_invoke, NULL, 0, "tinyq", 1, {NULL}};
