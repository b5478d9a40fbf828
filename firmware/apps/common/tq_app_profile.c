#include "tq_app.h"
#include "tinyq/tq_port.h"

#include <string.h>

typedef struct {
  uint32_t start; /* ticks when the current layer began */
  uint32_t *layer_ticks;
} profile;

/* Its own instructions are charged to no layer. */
static void charge(int32_t layer, void *user) {
  const uint32_t now = tq_port_ticks();
  profile *const taken = user;
  taken->layer_ticks[layer] += now - taken->start; /* a layer of a stripe comes once for each tile */
  taken->start = tq_port_ticks();
}

int tq_app_profile(const tq_model *model, uint8_t *arena, uint32_t *layer_ticks) {
  profile taken = {.layer_ticks = layer_ticks};
  memset(layer_ticks, 0, (size_t)model->layer_count * sizeof *layer_ticks);
  taken.start = tq_port_ticks();
  return tq_invoke(model, arena, charge, &taken);
}
