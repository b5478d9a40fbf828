#include <string.h>

#include "tq_neon.h"
#include "tq_neon_table.h"

#if TQ_NEON

/* Four vectors of a row; `row` goes on, in the same instruction if nothing is known of it. */
TQ_INLINE int16x8x4_t next_four(const int16_t **row) {
  const int16x8x4_t four = vld1q_s16_x4(*row);
  *row += 32;
  __asm__("" : "+r"(*row));
  return four;
}

#define ADD_FOUR(sum, four)                               \
  do {                                                    \
    const int16x8x4_t more = (four);                      \
    (sum)[0] = vaddq_s16((sum)[0], more.val[0]);          \
    (sum)[1] = vaddq_s16((sum)[1], more.val[1]);          \
    (sum)[2] = vaddq_s16((sum)[2], more.val[2]);          \
    (sum)[3] = vaddq_s16((sum)[3], more.val[3]);          \
  } while (0)

/* 32 lanes for each of `fours`, a constant, in registers. */
TQ_INLINE void lanes_of(int32_t fours, const int16_t *table, const uint32_t *offsets, int32_t count,
                        int32_t first, int16_t *sums) {
  int16x8_t sum[16];

#pragma GCC unroll 16
  for (int32_t i = 0; i < 4 * fours; i++) sum[i] = vdupq_n_s16(0);
  if (!first) {
#pragma GCC unroll 16
    for (int32_t i = 0; i < 4 * fours; i++) sum[i] = vld1q_s16(sums + 8 * i);
  }
  for (const uint32_t *const end = offsets + count; offsets < end; offsets++) {
    const int16_t *row = table + *offsets;
#pragma GCC unroll 4
    for (int32_t i = 0; i < fours; i++) ADD_FOUR(sum + 4 * i, next_four(&row));
  }
#pragma GCC unroll 16
  for (int32_t i = 0; i < 4 * fours; i++) vst1q_s16(sums + 8 * i, sum[i]);
}

static void one_hundred_twenty_eight(const int16_t *table, const uint32_t *offsets, int32_t count, int32_t first,
                                     int16_t *sums) {
  lanes_of(4, table, offsets, count, first, sums);
}

static void thirty_two(const int16_t *table, const uint32_t *offsets, int32_t count, int32_t first,
                       int16_t *sums) {
  lanes_of(1, table, offsets, count, first, sums);
}

#else

static void thirty_two(const int16_t *table, const uint32_t *offsets, int32_t count, int32_t first,
                       int16_t *sums) {
  if (first) memset(sums, 0, 32 * sizeof *sums);
  for (int32_t i = 0; i < count; i++) {
    for (int32_t lane = 0; lane < 32; lane++) sums[lane] = (int16_t)(sums[lane] + table[offsets[i] + (uint32_t)lane]);
  }
}

static void one_hundred_twenty_eight(const int16_t *table, const uint32_t *offsets, int32_t count, int32_t first,
                                     int16_t *sums) {
  for (int32_t i = 0; i < 128; i += 32) thirty_two(table + i, offsets, count, first, sums + i);
}

#endif

void tq_neon_table_add(const int16_t *table, const uint32_t *offsets, int32_t count, int32_t lanes, int32_t first,
                       int16_t *sums) {
  int32_t lane = 0;

  for (; lane + 128 <= lanes; lane += 128) {
    one_hundred_twenty_eight(table + lane, offsets, count, first, sums + lane);
  }
  for (; lane < lanes; lane += 32) thirty_two(table + lane, offsets, count, first, sums + lane);
}
