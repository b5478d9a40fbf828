#include "tq_app.h"
#include "tinyq/tq_port.h"

#include <string.h>

static void require(tq_fault fault) {
  if (fault != TQ_FAULT_NONE) tq_safe_state(fault);
}

TQ_ONCE
tq_app tq_app_start(const tq_model *model, const tq_expected *expected, uint64_t *memory) {
  tq_app app = {.arena = (uint8_t *)memory + TQ_GUARD_BYTES};
  require(tq_port_init() == 0 ? TQ_FAULT_NONE : TQ_FAULT_NO_STREAM);
  memset(memory, TQ_GUARD_VALUE, TQ_GUARD_BYTES);
  memset(app.arena + model->arena_bytes, TQ_GUARD_VALUE, TQ_GUARD_BYTES);
  app.check_ticks = tq_port_ticks();
  require(tq_check(model, expected, app.arena));
  app.check_ticks = tq_port_ticks() - app.check_ticks;
  tq_port_ready();
  return app;
}
