#include "../common/tq_dsp_conv_2d.h"
#include "../common/tq_dsp_quick.h"
#include "tinyq/tq_kernels.h"
#include "tinyq/tq_kernels_dsp.h"

enum { MOST_LEFT = 20, MOST_RIGHT = 22, HALF = 1 << 30 };

/* round(round((x * factor + zero) * multiplier / 2^32) / 2^shift): the operand is twice what the reference's
 * rounded product has, so SMMULR gives that product. */
typedef struct {
  int32_t factor, zero, multiplier, round, shift;
} scaling;

/* Whether the scaling of an input has this form. x - zero_point is 9 bits, factor 22 at most. A shift of 0 is
 * that of a multiplier of 1/2: the operand is doubled once more, and, as left_shift > 0, nothing is rounded. */
static int set_scaling(scaling *s, int32_t zero_point, int32_t multiplier, int32_t shift, int32_t left_shift) {
  const int32_t exact = shift == 0 && multiplier == HALF;

  if (left_shift < 1 || left_shift > MOST_LEFT || shift > 0 || shift < -MOST_RIGHT || (shift == 0 && !exact)) {
    return 0;
  }
  s->factor = 1 << (left_shift + 1 + exact);
  s->zero = -zero_point * s->factor;
  s->multiplier = multiplier;
  s->shift = exact - shift;
  s->round = 1 << (s->shift - 1);
  return 1;
}

/* Below 2^28, as the product is below 2^29. The operand's sign is as good as the product's: see tq_dsp_scaled. */
static inline int32_t scaled(const scaling *s, int32_t x) {
  const int32_t operand = x * s->factor + s->zero;
  return (tq_add_rounded_high(s->round, operand, s->multiplier) + (operand >> 31)) >> s->shift;
}

static int same(const tq_dims *a, const tq_dims *b) {
  return a->n == b->n && a->h == b->h && a->w == b->w && a->c == b->c;
}

static inline int32_t byte_of(uint32_t bytes, int32_t i) { return (int8_t)(uint8_t)(bytes >> 8 * i); }

/* Of one element: the output less activation_min. Sums are below 2^29, so doubled they fit. */
#define SUM(i) (scaled(&first, byte_of(a, i)) + scaled(&second, byte_of(b, i)))
#define OUTPUT(sum) (twice = 2 * (sum), \
                     tq_to_uint8((tq_add_rounded_high(addend, twice, multiplier) + (twice >> 31)) >> shift))

static void add(const tq_add_params *params, const scaling *scalings, int32_t count, const int8_t *input1,
                const int8_t *input2, int8_t *output) {
  const scaling first = scalings[0], second = scalings[1];
  const int32_t multiplier = params->output_multiplier, shift = -params->output_shift;
  const int32_t from_min = params->output_zero_point - params->activation_min;
  const int32_t addend = (1 << (shift - 1)) + from_min * (1 << shift);
  const tq_dsp_clamp clamp =
      tq_dsp_clamp_of(params->output_zero_point, params->activation_min, params->activation_max);
  int32_t twice;

  for (; count >= 4; count -= 4, input1 += 4, input2 += 4, output += 4) {
    const uint32_t a = tq_load_word(input1), b = tq_load_word(input2);
    uint32_t bytes = OUTPUT(SUM(0));
    bytes |= OUTPUT(SUM(1)) << 8;
    bytes |= OUTPUT(SUM(2)) << 16;
    bytes |= OUTPUT(SUM(3)) << 24;
    tq_store_word(output, tq_dsp_clamp_bytes(&clamp, bytes));
  }
  for (; count > 0; count--) {
    const uint32_t a = (uint8_t)*input1++, b = (uint8_t)*input2++;
    *output++ = (int8_t)(uint8_t)tq_dsp_clamp_bytes(&clamp, OUTPUT(SUM(0)));
  }
}

void tq_add_a8_dsp(const tq_add_params *params, const tq_add_dims *dims, const int8_t *input1,
                   const int8_t *input2, int8_t *output) {
  const tq_add_params p = *params;
  const tq_dims size = dims->output;
  scaling scalings[2];

  if (!same(&dims->input1, &size) || !same(&dims->input2, &size) || p.output_shift >= 0 ||
      p.output_shift < -MOST_RIGHT ||
      !set_scaling(scalings, p.input1_zero_point, p.input1_multiplier, p.input1_shift, p.left_shift) ||
      !set_scaling(scalings + 1, p.input2_zero_point, p.input2_multiplier, p.input2_shift, p.left_shift)) {
    tq_add_a8_ref(params, dims, input1, input2, output);
    return;
  }
  add(&p, scalings, size.n * size.h * size.w * size.c, input1, input2, output);
}
