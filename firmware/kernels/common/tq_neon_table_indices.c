#include "tq_neon_sum.h"
#include "tq_neon_table.h"

#if TQ_NEON

/* 16 indices of four digits each: ternary digits are code + 1, and 1 + 3 + 9 + 27 is 40; binary ones are 0 and 1. */
static inline uint8x16_t sixteen(const int8_t *codes, int32_t base) {
  const int8x16x4_t digit = vld4q_s8(codes);

  if (base == 3) {
    const int8x16_t high = vmlaq_s8(digit.val[2], digit.val[3], vdupq_n_s8(3));
    const int8x16_t low = vmlaq_s8(digit.val[0], digit.val[1], vdupq_n_s8(3));
    return vreinterpretq_u8_s8(vaddq_s8(vmlaq_s8(low, high, vdupq_n_s8(9)), vdupq_n_s8(40)));
  } else { /* -1 and 1: (sum of code * 2^i + 15) / 2 */
    const int8x16_t high = vaddq_s8(digit.val[2], vshlq_n_s8(digit.val[3], 1));
    const int8x16_t low = vaddq_s8(digit.val[0], vshlq_n_s8(digit.val[1], 1));
    return vreinterpretq_u8_s8(vshrq_n_s8(vaddq_s8(vaddq_s8(low, vshlq_n_s8(high, 2)), vdupq_n_s8(15)), 1));
  }
}

#endif

/* Lines without a rest are one line. Returns how many of its indices were computed. */
static int32_t fours(int32_t base, const int8_t *codes, int32_t count, uint8_t *indices) {
  int32_t done = 0;
#if TQ_NEON
  for (; done + 16 <= count; done += 16) vst1q_u8(indices + done, sixteen(codes + 4 * done, base));
#else
  (void)base, (void)codes, (void)count, (void)indices;
#endif
  return done;
}

/* A digit of no weight is a code of 0; or, binary, of -1. */
static uint8_t index_of(const tq_table_plan *plan, const int8_t *codes, int32_t count) {
  const int32_t ternary = plan->base == 3;
  int32_t index = 0;

  for (int32_t i = plan->digits - 1; i >= count; i--) index = ternary ? index * 3 + 1 : index * 2;
  for (int32_t i = count - 1; i >= 0; i--) index = ternary ? index * 3 + codes[i] + 1 : index * 2 + (codes[i] > 0);
  return (uint8_t)index;
}

void tq_neon_table_indices(const tq_table_plan *plan, const tq_conv_dims *dims, const int8_t *codes,
                           uint8_t *indices, int32_t *zero) {
  const tq_dims filter = dims->filter;
  const int32_t taps = filter.h * filter.w * filter.c, digits = plan->digits;
  const int32_t line = plan->across == 0 ? filter.c : plan->across == 1 ? filter.w : filter.h;
  const int32_t per_line = (line + digits - 1) / digits, lines = filter.n * taps / line;
  const int32_t none = plan->base == 2 ? per_line * digits - line : 0;

  for (int32_t o = 0; o < filter.n; o++) zero[o] = tq_neon_sum_int8(codes + o * taps, taps) - none * (taps / line);
  if (line % digits == 0) {
    int32_t i = digits == 4 ? fours(plan->base, codes, lines * per_line, indices) : 0;
    for (; i < lines * per_line; i++) indices[i] = index_of(plan, codes + i * digits, digits);
    return;
  }
  for (int32_t i = 0; i < lines; i++, codes += line) {
    for (int32_t k = 0; k < line; k += digits) {
      *indices++ = index_of(plan, codes + k, line - k < digits ? line - k : digits);
    }
  }
}
