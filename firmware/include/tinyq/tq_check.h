/* Is what lies in the flash the model that was emitted, and does this core compute it as the reference does?
 * Emitted beside each model (model_check.c); a program that does not call tq_check links none of it. */
#ifndef TQ_CHECK_H
#define TQ_CHECK_H

#include "tinyq/tq.h"
#include "tinyq/tq_faults.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const void *data;
  int32_t bytes;
} tq_constant;

typedef struct {
  const tq_constant *constants; /* weights, biases, multipliers, shifts, levels, tables, constant operands */
  int32_t constant_count;
  int32_t self_test;         /* 0: no outputs are known; TFLite Micro's kernels are whatever its user built */
  uint32_t constants_crc32;  /* of all, one behind the other */
  uint32_t outputs_crc32;    /* likewise, of the self-test */
} tq_expected;

/* All three: TQ_ABI, constants, self-test; the first that fails. `arena` is overwritten. */
tq_fault tq_check(const tq_model *model, const tq_expected *expected, uint8_t *arena);

/* Reads every constant; touches nothing. */
tq_fault tq_check_constants(const tq_expected *expected);

/* Pseudo-random inputs, always the same: int8 of the whole range, floats of -4 to 4; packed ones are 0. */
void tq_test_inputs(const tq_model *model, uint8_t *arena);

/* One inference on them. */
tq_fault tq_self_test(const tq_model *model, const tq_expected *expected, uint8_t *arena);

#ifdef __cplusplus
}
#endif

#endif
