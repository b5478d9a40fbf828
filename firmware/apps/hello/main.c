/* One inference on an input of zeros; prints what the model is, what it answers and what its layers cost. */
#include "model.h"
#include "tinyq/tq_port.h"
#include "tq_app.h"
#include "tq_print.h"

#include <string.h>

static uint64_t memory[TQ_APP_WORDS(TQ_MODEL_ARENA_BYTES)];
static uint32_t layer_ticks[TQ_MODEL_LAYER_COUNT];

/* Reals in millionths: no floating-point printing is linked in. */
static void print_real(float value) {
  const float most = 9e12f; /* in millionths it fits an int64_t */
  if (value != value) {
    print("nan");
  } else if (value > most || value < -most) {
    print(value > 0.0f ? "more than 9e12" : "less than -9e12");
  } else {
    print_int((int64_t)(value * 1e6f));
    print("e-6");
  }
}

static void print_element(const tq_tensor *tensor, const uint8_t *arena, int32_t index) {
  const void *data = arena + tensor->offset; /* aligned for any type */
  switch (tensor->dtype) {
    case TQ_INT8: print_int(((const int8_t *)data)[index]); break;
    case TQ_INT16: print_int(((const int16_t *)data)[index]); break;
    case TQ_INT32: print_int(((const int32_t *)data)[index]); break;
    default: print_real(((const float *)data)[index]);
  }
}

static const char *const type_names[] = {"int8", "float32", "int32", "int16"}; /* by tq_dtype */

static void print_tensor(const char *kind, const tq_tensor *tensor) {
  print(kind);
  print(tensor->name);
  print(" [");
  for (int32_t i = 0; i < tensor->rank; ++i) {
    print(i > 0 ? ", " : "");
    print_int(tensor->shape[i]);
  }
  print("] ");
  print(type_names[tensor->dtype]);
  print("\n");
}

static void print_output(const tq_tensor *output, const uint8_t *arena) {
  const int32_t size = output->dtype == TQ_INT8 ? 1 : output->dtype == TQ_INT16 ? 2 : 4;
  print_tensor("output ", output);
  for (int32_t i = 0; i < output->bytes / size; ++i) {
    print(" ");
    print_element(output, arena, i);
  }
  print("\n");
}

int main(void) {
  const tq_app app = tq_app_start(&TQ_MODEL, &TQ_MODEL_EXPECTED, memory);
  tq_fault fault;
  print("model  ");
  print(TQ_MODEL.name);
  print(", arena ");
  print_int(TQ_MODEL.arena_bytes);
  print(" bytes\n");
  tq_app_fill(&TQ_MODEL, app.arena);
  for (int32_t i = 0; i < TQ_MODEL.input_count; ++i) {
    print_tensor("input  ", &TQ_MODEL.inputs[i]);
  }
  fault = tq_app_profile(&TQ_MODEL, app.arena, layer_ticks) == 0 ? TQ_FAULT_NONE : TQ_FAULT_INVOKE;
  fault = fault == TQ_FAULT_NONE ? tq_app_guards(&TQ_MODEL, app.arena) : fault;
  if (fault != TQ_FAULT_NONE) {
    tq_safe_state(fault);
  }
  for (int32_t i = 0; i < TQ_MODEL.output_count; ++i) {
    print_output(&TQ_MODEL.outputs[i], app.arena);
  }
  for (int32_t i = 0; i < TQ_MODEL.layer_count; ++i) {
    print("layer  ");
    print(TQ_MODEL.layers[i].name);
    print(" ");
    print(TQ_MODEL.layers[i].kernel);
    print(" ");
    print_int(layer_ticks[i]);
    print(" ticks\n");
  }
  tq_port_exit(0);
  return 0;
}
