/* What the applications share: a checked start, an arena between guards, and ticks by layer. */
#ifndef TQ_APP_H
#define TQ_APP_H

#include "tinyq/tq_check.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TQ_GUARD_BYTES 16
#define TQ_GUARD_VALUE 0xA9

/* uint64_t of an arena between its guards. */
#define TQ_APP_WORDS(arena_bytes) (((arena_bytes) + 2 * TQ_GUARD_BYTES + 7) / 8)

typedef struct {
  uint8_t *arena;
  uint32_t check_ticks; /* of tq_check */
} tq_app;

/* Opens the port, checks the model, and tells the host that bytes are heard from now on. A fault is the safe
 * state: then it does not return. `memory`: TQ_APP_WORDS(arena_bytes) words. */
tq_app tq_app_start(const tq_model *model, const tq_expected *expected, uint64_t *memory);

/* TQ_FAULT_ARENA if anything was written before or behind the arena. */
tq_fault tq_app_guards(const tq_model *model, const uint8_t *arena);

/* Inputs of zeros: the zero point, where they have one. */
void tq_app_fill(const tq_model *model, uint8_t *arena);

/* One inference, and the ticks of each layer [layer_count]. Returns what tq_invoke does. */
int tq_app_profile(const tq_model *model, uint8_t *arena, uint32_t *layer_ticks);

#ifdef __cplusplus
}
#endif

#endif
