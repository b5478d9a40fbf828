#include "tq_requantize.h"
#include "tq_swar.h"

/* What scales a channel's sums. */
typedef struct {
  int32_t multiplier, shift, level, bias, addend, zero_point, min, max;
} scale;

/* The quick form: |sum * level + bias| < 2^30, and shift goes to the right, by 22 at most. TFLite takes 1 from what is
 * negative and then rounds: here the sum's sign says so, which makes no difference where it has come to 0. */
static inline int8_t quick(const scale *s, int32_t sum) {
  const int32_t whole = sum * s->level + s->bias;
  const int32_t high = tq_rounding_high_mul_30(whole, s->multiplier);
  return (int8_t)tq_clamp((high + s->addend + (whole >> 31)) >> s->shift, s->min, s->max);
}

static inline int8_t any(const scale *s, int32_t sum) {
  const int32_t whole = (int32_t)((uint32_t)sum * (uint32_t)s->level + (uint32_t)s->bias);
  return tq_to_int8(tq_scale(whole, s->multiplier, s->shift), s->zero_point, s->min, s->max);
}

void tq_swar_outputs(const tq_scaling *scaling, int32_t taps, int32_t channel, const uint32_t *lanes,
                     const int32_t *sums, int32_t count, int8_t *output, int32_t step) {
  const int32_t shift = scaling->shift[channel];
  const uint32_t room = taps < 32768 ? (1u << 30) - 16256u * (uint32_t)taps : 0; /* |x * code * level| <= 128 * 127 */
  scale s = {scaling->multiplier[channel], -shift, scaling->levels[channel], scaling->bias[channel], 0,
             scaling->zero_point, scaling->min, scaling->max};
  const int is_quick = (uint32_t)s.bias + room < 2 * room && shift < 0 && shift >= -22;

  if (!is_quick) s.shift = shift;
  if (is_quick) s.addend = (1 << (s.shift - 1)) + s.zero_point * (1 << s.shift);
  if (is_quick && !sums) {
    for (; count > 1; count -= 2, output += 2 * step) {
      const uint32_t word = *lanes++;
      output[0] = quick(&s, tq_swar_low(word));
      output[step] = quick(&s, tq_swar_high(word));
    }
    if (count > 0) *output = quick(&s, tq_swar_low(*lanes));
    return;
  }
  for (int32_t i = 0; i < count; i++, output += step) {
    const uint32_t word = lanes[i / 2];
    const int32_t sum = sums ? sums[i] : i % 2 ? tq_swar_high(word) : tq_swar_low(word);
    *output = is_quick ? quick(&s, sum) : any(&s, sum);
  }
}
