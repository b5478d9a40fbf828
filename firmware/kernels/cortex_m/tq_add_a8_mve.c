#include "../common/tq_add_halved.h"
#include "../common/tq_mve.h"
#include "tinyq/tq_kernels_mve.h"

#if TQ_MVE
/* x * 2^shift, rounded; shift < 0. */
static inline int32x4_t rounded(int32x4_t x, int32_t shift) {
  return vrshlq_n_s32(vaddq_s32(x, vshrq_n_s32(x, 31)), shift);
}

/* half: the input that tq_is_half. count is a multiple of 4. */
static void add(const tq_add_params *params, const tq_addend *half, const tq_addend *other, int32_t count,
                int8_t *output) {
  /* A shift of 0 becomes one of 1: the operand is doubled once more. */
  const int32_t more = tq_is_half(other), factor = 1 << (params->left_shift + more), shift = other->shift - more;
  const int32_t half_factor = 1 << (params->left_shift - 1), zero = -half->zero_point * half_factor;
  const int32_t multiplier = other->multiplier, zero_point = other->zero_point;
  const int32_t output_multiplier = params->output_multiplier, output_shift = params->output_shift;
  const int32_t output_zero_point = params->output_zero_point;
  const int32x4_t min = vdupq_n_s32(params->activation_min - output_zero_point);
  const int32x4_t max = vdupq_n_s32(params->activation_max - output_zero_point);
  const int8_t *x1 = half->data, *x2 = other->data;

  for (; count > 0; count -= 4, x1 += 4, x2 += 4, output += 4) {
    const int32x4_t operand = vmulq_n_s32(vsubq_n_s32(vldrbq_s32(x2), zero_point), factor);
    const int32x4_t scaled = rounded(vqrdmulhq_n_s32(operand, multiplier), shift);
    const int32x4_t sum = vaddq_n_s32(vmlaq_n_s32(scaled, vldrbq_s32(x1), half_factor), zero);
    const int32x4_t y = rounded(vqrdmulhq_n_s32(sum, output_multiplier), output_shift);
    vstrbq_s32(output, vaddq_n_s32(vminq_s32(vmaxq_s32(y, min), max), output_zero_point));
  }
}

void tq_add_a8_mve(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1,
                   const int8_t *input2, int8_t *output) {
  const tq_add_params p = *params;
  tq_addend half, other;
  const int32_t count = tq_add_halved(&p, dims, input1, input2, &half, &other), whole = count & ~3;

  if (whole > 0) add(&p, &half, &other, whole, output);
  if (count == 0) {
    tq_add_a8_ref(params, dims, input1, input2, output);
  } else if (whole < count) {
    const tq_dims rest = {1, 1, 1, count - whole};
    const tq_add_dims tail = {rest, rest, rest};
    tq_add_a8_ref(params, &tail, input1 + whole, input2 + whole, output + whole);
  }
}
#else
void tq_add_a8_mve(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1,
                   const int8_t *input2, int8_t *output) {
  tq_add_a8_ref(params, dims, input1, input2, output);
}
#endif
