#include <string.h>

#include "tq_delegate.h"

static int refuse(tq_tflite_context *context, tq_delegate *own, const char *text) {
  if (text != own->error.text) {
    strncpy(own->error.text, text, TQ_ERROR_CHARS - 1);
    own->error.text[TQ_ERROR_CHARS - 1] = '\0';
  }
  if (context->report_error != NULL) context->report_error(context, "tinyq: %s", own->error.text);
  return TQ_TFLITE_ERROR;
}

static int is_ours(const char *kind) {
  return kind != NULL && (strncmp(kind, "Tq", 2) == 0 || tq_find_operator(kind) != NULL);
}

/* Checks the node; one of ours goes to the front of `calls`. Returns 0, or -1 after a refusal. */
static int take_node(tq_tflite_context *context, tq_delegate *own, int index) {
  tq_tflite_node *node = NULL;
  tq_tflite_registration *registration = NULL;

  if (context->get_node_and_registration(context, index, &node, &registration) != TQ_TFLITE_OK) return -1;
  if (registration->builtin_code != TQ_TFLITE_CUSTOM || !is_ours(registration->custom_name)) return 0;
  tq_call *const call = tq_call_new(index, node, registration->custom_name);
  if (call == NULL) {
    refuse(context, own, "no memory for an operator, or one that has not one output");
    return -1;
  }
  call->next = own->calls;
  own->calls = call;
  if (tq_call_load(call, context, &own->error) == TQ_OK) return 0;
  refuse(context, own, own->error.text);
  return -1;
}

int tq_delegate_prepare(tq_tflite_context *context, tq_tflite_delegate *delegate) {
  tq_delegate *const own = delegate->data;
  tq_tflite_ints *plan = NULL;

  if (!tq_tflite_fits(context)) {
    return refuse(context, own, "this runtime's structures are not those that this library was built for: "
                                "use a version of ai-edge-litert that tinyq names");
  }
  if (context->get_execution_plan(context, &plan) != TQ_TFLITE_OK) return TQ_TFLITE_ERROR;
  for (int i = 0; i < plan->size; i++) {
    if (take_node(context, own, plan->data[i]) != 0) return TQ_TFLITE_ERROR;
  }
  for (const tq_call *call = own->calls; call != NULL; call = call->next) {
    const int one[2] = {1, call->node}; /* a tq_tflite_ints of one number */
    const int status = context->replace_node_subsets_with_delegate_kernels(
        context, tq_delegate_registration, (const void *)one, delegate);
    if (status != TQ_TFLITE_OK) return status;
  }
  return TQ_TFLITE_OK;
}
