#include "tinyq/tq.h"

#define ARENA_ALIGNMENT 8

static void run_stripe(const tq_stripe *stripe, uint8_t *arena, tq_layer_hook hook, void *user) {
  for (int32_t tile = 0; tile < stripe->tiles; tile++) {
    for (int32_t i = 0; i < stripe->count; i++) {
      stripe->run[i](arena, tile);
      if (hook) hook(stripe->first + i, user);
    }
  }
}

int tq_invoke(const tq_model *model, uint8_t *arena, tq_layer_hook hook, void *user) {
  int32_t stripes = 0; /* that are done */

  if (model->abi != TQ_ABI || (uintptr_t)arena % ARENA_ALIGNMENT != 0) return -1;
  for (int32_t i = 0; i < model->layer_count;) {
    if (stripes < model->stripe_count && model->stripes[stripes].first == i) {
      run_stripe(&model->stripes[stripes], arena, hook, user);
      i += model->stripes[stripes++].count;
    } else {
      model->layers[i].run(arena);
      if (hook) hook(i, user);
      i++;
    }
  }
  return 0;
}
