#include "tq_neon.h"
#include "tq_neon_table.h"

/* Sixteen lanes. */
#if TQ_NEON
typedef int16x8x2_t lanes16;
TQ_INLINE lanes16 load(const int8_t *x) {
  const int8x16_t bytes = vld1q_s8(x);
  return (lanes16){{vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes)}};
}
TQ_INLINE lanes16 add(lanes16 a, lanes16 b) {
  return (lanes16){{vaddq_s16(a.val[0], b.val[0]), vaddq_s16(a.val[1], b.val[1])}};
}
TQ_INLINE lanes16 less(lanes16 a, lanes16 b) {
  return (lanes16){{vsubq_s16(a.val[0], b.val[0]), vsubq_s16(a.val[1], b.val[1])}};
}
TQ_INLINE lanes16 nothing(void) { return (lanes16){{vdupq_n_s16(0), vdupq_n_s16(0)}}; }
TQ_INLINE void store(int16_t *to, lanes16 a) {
  vst1q_s16(to, a.val[0]);
  vst1q_s16(to + 8, a.val[1]);
}
#else
typedef struct {
  int16_t lane[16];
} lanes16;
TQ_INLINE lanes16 load(const int8_t *x) {
  lanes16 e;
  for (int32_t i = 0; i < 16; i++) e.lane[i] = x[i];
  return e;
}
TQ_INLINE lanes16 add(lanes16 a, lanes16 b) {
  for (int32_t i = 0; i < 16; i++) a.lane[i] = (int16_t)(a.lane[i] + b.lane[i]);
  return a;
}
TQ_INLINE lanes16 less(lanes16 a, lanes16 b) {
  for (int32_t i = 0; i < 16; i++) a.lane[i] = (int16_t)(a.lane[i] - b.lane[i]);
  return a;
}
TQ_INLINE lanes16 nothing(void) { return (lanes16){{0}}; }
TQ_INLINE void store(int16_t *to, lanes16 a) {
  for (int32_t i = 0; i < 16; i++) to[i] = a.lane[i];
}
#endif

/* The signed sums of `digits` inputs, the first digit lowest, of sixteen lanes: 9 at most. Returns how many. */
TQ_INLINE int32_t sums_of(int32_t base, int32_t digits, const int8_t *input, int32_t apart, lanes16 sums[9]) {
  int32_t count = 1;

  sums[0] = nothing();
#pragma GCC unroll 4
  for (int32_t i = 0; i < digits; i++, input += apart) {
    const lanes16 x = load(input);
#pragma GCC unroll 9
    for (int32_t k = 0; k < count; k++) { /* from 0: +, then in place: - */
      sums[(base - 1) * count + k] = add(sums[k], x);
      if (base == 3) sums[count + k] = sums[k];
      sums[k] = less(sums[k], x);
    }
    count *= base;
  }
  return count;
}

/* All sums of a low and a high one, `row` lanes from each other. `lows`, a constant, of them stay in registers. */
TQ_INLINE void cross(const lanes16 *low, int32_t lows, const lanes16 *high, int32_t highs, int32_t row,
                     int16_t *table) {
  lanes16 kept[9];

#pragma GCC unroll 9
  for (int32_t i = 0; i < lows; i++) kept[i] = low[i];
  for (int32_t h = 0; h < highs; h++) {
    const lanes16 one = high[h];
#pragma GCC unroll 9
    for (int32_t i = 0; i < lows; i++, table += row) store(table, add(one, kept[i]));
  }
}

/* `digits` and `base` are constants. */
TQ_INLINE void build(int32_t base, int32_t digits, const tq_table_plan *plan, const int8_t *input, int32_t apart,
                     int32_t lanes, int16_t *table) {
  const int32_t low = digits < 2 ? digits : 2, row = plan->row;

  for (int32_t lane = 0; lane < lanes; lane += 16) {
    lanes16 lows[9], highs[9];
    const int32_t low_count = sums_of(base, low, input + lane, apart, lows);
    const int32_t high_count = sums_of(base, digits - low, input + lane + low * apart, apart, highs);
    cross(lows, low_count, highs, high_count, row, table + lane);
  }
}

void tq_neon_table_build(const tq_table_plan *plan, const int8_t *input, int32_t apart, int32_t lanes,
                         int16_t *table) {
  switch (8 * plan->base + plan->digits) {
    case 28: build(3, 4, plan, input, apart, lanes, table); break;
    case 27: build(3, 3, plan, input, apart, lanes, table); break;
    case 26: build(3, 2, plan, input, apart, lanes, table); break;
    case 25: build(3, 1, plan, input, apart, lanes, table); break;
    case 20: build(2, 4, plan, input, apart, lanes, table); break;
    case 19: build(2, 3, plan, input, apart, lanes, table); break;
    case 18: build(2, 2, plan, input, apart, lanes, table); break;
    default: build(2, 1, plan, input, apart, lanes, table); break;
  }
}
