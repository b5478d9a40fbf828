/* Made here as in tinyq/emit/expected.py, so that they take no flash. */
#include "tinyq/tq_check.h"

#include <string.h>

#define SEED 0x2545F491u

/* Source: G. Marsaglia, "Xorshift RNGs", 2003. The upper bits are the better ones. */
static int8_t draw(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return (int8_t)(*state >> 24);
}

TQ_ONCE
static void fill(const tq_tensor *input, uint8_t *arena, uint32_t *state) {
  uint8_t *const bytes = arena + input->offset;
  float *const reals = (float *)(void *)bytes;
  if (input->dtype == TQ_INT32) { /* packed: of the last word not all bits may be ones */
    memset(bytes, 0, (size_t)input->bytes);
  } else if (input->dtype == TQ_FLOAT32) {
    for (int32_t i = 0; i < input->bytes / 4; ++i) reals[i] = (float)draw(state) / 32.0f;
  } else {
    for (int32_t i = 0; i < input->bytes; ++i) bytes[i] = (uint8_t)draw(state);
  }
}

TQ_ONCE
void tq_test_inputs(const tq_model *model, uint8_t *arena) {
  uint32_t state = SEED;
  for (int32_t i = 0; i < model->input_count; ++i) fill(&model->inputs[i], arena, &state);
}
