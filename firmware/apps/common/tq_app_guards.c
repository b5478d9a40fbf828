#include "tq_app.h"

TQ_ONCE
tq_fault tq_app_guards(const tq_model *model, const uint8_t *arena) {
  for (int32_t i = 0; i < TQ_GUARD_BYTES; ++i) {
    const uint8_t before = arena[i - TQ_GUARD_BYTES], behind = arena[model->arena_bytes + i];
    if (before != TQ_GUARD_VALUE || behind != TQ_GUARD_VALUE) return TQ_FAULT_ARENA;
  }
  return TQ_FAULT_NONE;
}
