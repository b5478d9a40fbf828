#include "tinyq/tq.h"

#define ARENA_ALIGNMENT 8

int tq_invoke(const tq_model *model, uint8_t *arena, tq_layer_hook hook, void *user) {
  if (model->abi != TQ_ABI || (uintptr_t)arena % ARENA_ALIGNMENT != 0) return -1;
  for (int32_t i = 0; i < model->layer_count; i++) {
    model->layers[i].run(arena);
    if (hook) hook(i, user);
  }
  return 0;
}
