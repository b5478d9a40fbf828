/* A user's program: one inference on zeros, and the bytes of its first output. */
#include "model.h"

#include <stdio.h>

static uint64_t arena_words[(MODEL_ARENA_BYTES + 7) / 8];

int main(void) {
  uint8_t *arena = (uint8_t *)arena_words;
  if (tq_invoke(&model_model, arena, NULL, NULL) != 0) {
    return 1;
  }
  for (int i = 0; i < MODEL_OUTPUT_0_BYTES; i++) {
    printf("%02x ", arena[MODEL_OUTPUT_0_OFFSET + i]);
  }
  return 0;
}
