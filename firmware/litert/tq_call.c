#include "tq_call.h"

#include <stdlib.h>
#include <string.h>

static const tq_element elements[TQ_TFLITE_TYPES] = {
    [TQ_TFLITE_FLOAT32] = TQ_ELEMENT_FLOAT32, [TQ_TFLITE_INT32] = TQ_ELEMENT_INT32,
    [TQ_TFLITE_UINT8] = TQ_ELEMENT_UINT8,     [TQ_TFLITE_INT64] = TQ_ELEMENT_INT64,
    [TQ_TFLITE_INT16] = TQ_ELEMENT_INT16,     [TQ_TFLITE_INT8] = TQ_ELEMENT_INT8,
    [TQ_TFLITE_BOOL] = TQ_ELEMENT_BOOL,
};

/* A block of the list, and the memory behind it. */
typedef union block {
  union block *next;
  uint64_t aligned;
  double also_aligned;
} block;

static void *allocate(void *context, size_t bytes) {
  tq_call *const call = context;
  block *const made = malloc(sizeof(block) + bytes);

  if (made == NULL) return NULL;
  made->next = call->memory;
  call->memory = made;
  return made + 1;
}

static void release(tq_call *call) {
  while (call->memory != NULL) {
    block *const first = call->memory;
    call->memory = first->next;
    free(first);
  }
  free(call->scratch);
  call->scratch = NULL;
}

static tq_loader_tensor described(const tq_tflite_context *context, int index) {
  tq_loader_tensor made = {.element = TQ_ELEMENT_ABSENT};

  if (index == TQ_TFLITE_ABSENT) return made;
  const tq_tflite_tensor *const tensor = &context->tensors[index];
  made.name = tensor->name;
  made.element = elements[tensor->type] == TQ_ELEMENT_ABSENT ? TQ_ELEMENT_OTHER : elements[tensor->type];
  made.rank = tensor->dims->size;
  made.shape = tensor->dims->data;
  made.bytes = tensor->bytes;
  if (tensor->allocation_type == TQ_TFLITE_CONSTANT) made.data = tensor->data;
  if (tensor->quantization_type != TQ_TFLITE_AFFINE) return made;
  const tq_tflite_affine *const affine = tensor->quantization;
  if (affine->scale == NULL || affine->zero_point == NULL) return made;
  made.scale_count = affine->scale->size;
  made.scale = affine->scale->data;
  made.zero_point_count = affine->zero_point->size;
  made.zero_point = affine->zero_point->data;
  made.axis = affine->axis;
  return made;
}

tq_call *tq_call_new(int index, const tq_tflite_node *node, const char *kind) {
  const size_t inputs = (size_t)node->inputs->size;
  tq_call *const call = calloc(1, sizeof *call);

  if (call == NULL) return NULL;
  call->node = index;
  call->input_count = node->inputs->size;
  call->output = node->outputs->size == 1 ? node->outputs->data[0] : TQ_TFLITE_ABSENT;
  call->kind = kind;
  call->options = node->custom_initial_data;
  call->option_bytes = node->custom_initial_data_size > 0 ? (size_t)node->custom_initial_data_size : 0;
  call->inputs = malloc((inputs + 1) * sizeof *call->inputs);
  call->pointers = calloc(inputs + 1, sizeof *call->pointers);
  if (call->output < 0 || call->inputs == NULL || call->pointers == NULL) {
    tq_call_free(call);
    return NULL;
  }
  memcpy(call->inputs, node->inputs->data, inputs * sizeof *call->inputs);
  return call;
}

tq_loader_status tq_call_load(tq_call *call, const tq_tflite_context *context, tq_loader_error *error) {
  tq_loader_tensor *const inputs = calloc((size_t)call->input_count + 1, sizeof *inputs);
  const tq_loader_tensor output = described(context, call->output);
  tq_loader_node node = {call->kind, call->node, call->options, call->option_bytes, call->input_count, 1, inputs,
                         &output,    1};

  if (inputs == NULL) node.input_count = 0; /* which is refused */
  for (int i = 0; i < node.input_count; i++) inputs[i] = described(context, call->inputs[i]);
  release(call);
  tq_load(tq_find_operator(call->kind), &node, allocate, call, &call->loaded, error);
  free(inputs);
  if (error->status == TQ_OK && call->loaded.scratch_bytes > 0) {
    call->scratch = malloc((size_t)call->loaded.scratch_bytes);
    if (call->scratch == NULL) error->status = TQ_NO_MEMORY;
  }
  return error->status;
}

void tq_call_run(const tq_call *call, const tq_tflite_context *context) {
  for (int i = 0; i < call->input_count; i++) {
    const int index = call->inputs[i];
    call->pointers[i] = index == TQ_TFLITE_ABSENT ? NULL : context->tensors[index].data;
  }
  tq_run(&call->loaded, call->pointers, context->tensors[call->output].data, call->scratch);
}

void tq_call_free(tq_call *call) {
  release(call);
  free(call->inputs);
  free(call->pointers);
  free(call);
}
