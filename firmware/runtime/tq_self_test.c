#include "tinyq/tq_check.h"
#include "tinyq/tq_crc32.h"

TQ_ONCE
tq_fault tq_self_test(const tq_model *model, const tq_expected *expected, uint8_t *arena) {
  uint32_t crc = 0;
  if (!expected->self_test) return TQ_FAULT_NONE;
  tq_test_inputs(model, arena);
  if (tq_invoke(model, arena, NULL, NULL) != 0) return TQ_FAULT_INVOKE;
  for (int32_t i = 0; i < model->output_count; ++i) {
    crc = tq_crc32(crc, arena + model->outputs[i].offset, (size_t)model->outputs[i].bytes);
  }
  return crc == expected->outputs_crc32 ? TQ_FAULT_NONE : TQ_FAULT_SELF_TEST;
}
