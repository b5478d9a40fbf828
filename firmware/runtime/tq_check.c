#include "tinyq/tq_check.h"

TQ_ONCE
tq_fault tq_check(const tq_model *model, const tq_expected *expected, uint8_t *arena) {
  tq_fault fault;
  if (model->abi != TQ_ABI) return TQ_FAULT_ABI;
  fault = tq_check_constants(expected);
  return fault != TQ_FAULT_NONE ? fault : tq_self_test(model, expected, arena);
}
