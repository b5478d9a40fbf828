#include "../common/tq_add_halved.h"
#include "../common/tq_dsp_conv_2d.h"
#include "../common/tq_dsp_quick.h"
#include "tinyq/tq_kernels.h"
#include "tinyq/tq_kernels_dsp.h"

/* round(round((x * factor + zero) * multiplier / 2^32) / 2^shift): the operand is twice what the reference's
 * rounded product has, so SMMULR gives that product. */
typedef struct {
  int32_t factor, zero, multiplier, round, shift;
} scaling;

/* A shift of 0 becomes one of 1: the operand is doubled once more. */
static scaling scaling_of(const tq_addend *x, int32_t left_shift) {
  const int32_t more = tq_is_half(x), factor = 1 << (left_shift + 1 + more), shift = more - x->shift;
  const scaling s = {factor, -x->zero_point * factor, x->multiplier, 1 << (shift - 1), shift};
  return s;
}

/* Below 2^28, as the product is below 2^29. The operand's sign is as good as the product's: see tq_dsp_scaled. */
static inline int32_t scaled(const scaling *s, int32_t x) {
  const int32_t whole = x * s->factor + s->zero;
  return (tq_add_rounded_high(s->round, whole, s->multiplier) + (whole >> 31)) >> s->shift;
}

static inline int32_t byte_of(uint32_t bytes, int32_t i) { return (int8_t)(uint8_t)(bytes >> 8 * i); }

/* Of one element: the output less activation_min. Sums are below 2^29, so doubled they fit. */
#define OUTPUT(i) (twice = byte_of(a, i) * factor + zero + 2 * scaled(&s, byte_of(b, i)), \
                   tq_to_uint8((tq_add_rounded_high(addend, twice, multiplier) + (twice >> 31)) >> shift))

/* half: the input that tq_is_half. Inlined it would take 2 % more: too few registers. */
__attribute__((noinline)) static void add(const tq_add_params *params, const tq_addend *half, const tq_addend *other, int32_t count,
                int8_t *output) {
  const scaling s = scaling_of(other, params->left_shift);
  const int32_t factor = 1 << params->left_shift, zero = -half->zero_point * factor;
  const int32_t multiplier = params->output_multiplier, shift = -params->output_shift;
  const int32_t from_min = params->output_zero_point - params->activation_min;
  const int32_t addend = (1 << (shift - 1)) + from_min * (1 << shift);
  const tq_dsp_clamp clamp =
      tq_dsp_clamp_of(params->output_zero_point, params->activation_min, params->activation_max);
  const int8_t *input1 = half->data, *input2 = other->data;
  int32_t twice;

  for (; count >= 4; count -= 4, input1 += 4, input2 += 4, output += 4) {
    const uint32_t a = tq_load_word(input1), b = tq_load_word(input2);
    uint32_t bytes = OUTPUT(0);
    bytes |= OUTPUT(1) << 8;
    bytes |= OUTPUT(2) << 16;
    bytes |= OUTPUT(3) << 24;
    tq_store_word(output, tq_dsp_clamp_bytes(&clamp, bytes));
  }
  for (; count > 0; count--) {
    const uint32_t a = (uint8_t)*input1++, b = (uint8_t)*input2++;
    *output++ = (int8_t)(uint8_t)tq_dsp_clamp_bytes(&clamp, OUTPUT(0));
  }
}

void tq_add_a8_dsp(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1,
                   const int8_t *input2, int8_t *output) {
  const tq_add_params p = *params;
  tq_addend half, other;
  const int32_t count = tq_add_halved(&p, dims, input1, input2, &half, &other);

  if (count > 0) {
    add(&p, &half, &other, count, output);
  } else {
    tq_add_a8_ref(params, dims, input1, input2, output);
  }
}
