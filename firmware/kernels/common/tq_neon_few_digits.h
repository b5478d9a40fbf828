/* Blocks of 16 units of packed weights in registers: a unit is a byte of 4 weights of 2 bits or 2 of 4, or three bytes
 * of 8 weights of 3 bits. */
#ifndef TQ_NEON_FEW_DIGITS_H
#define TQ_NEON_FEW_DIGITS_H

#include <stdint.h>
#include <string.h>

#include "tq_neon.h"

static inline int32_t tq_few_digits(int32_t bits) { return bits == 2 ? 4 : bits == 3 ? 8 : 2; } /* of a unit */
static inline int32_t tq_few_unit(int32_t bits) { return bits == 3 ? 3 : 1; }                  /* its bytes */

#define TQ_FEW_MOST_DIGITS 8

#if TQ_NEON

/* What tq_neon_few_digits looks weights up in: of 2 bits, first and second ones of 4 bits. */
TQ_INLINE int8x16x2_t tq_neon_few_tables(const int8_t *table, int32_t bits) {
  static const uint8_t pairs[32] = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
                                    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  int8x16x2_t tables;
  int32_t four;

  if (bits == 4) {
    tables.val[0] = vld1q_s8(table);
    tables.val[1] = tables.val[0];
  } else if (bits == 3) {
    tables.val[0] = vcombine_s8(vld1_s8(table), vdup_n_s8(0));
    tables.val[1] = tables.val[0];
  } else {
    memcpy(&four, table, sizeof four);
    const int8x16_t all = vreinterpretq_s8_s32(vdupq_n_s32(four));
    tables.val[0] = vqtbl1q_s8(all, vld1q_u8(pairs));
    tables.val[1] = vqtbl1q_s8(all, vld1q_u8(pairs + 16));
  }
  return tables;
}

/* weights[i]: of each unit, the i-th one. */
TQ_INLINE void tq_neon_few_weights(const uint8_t *packed, int32_t bits, int8x16x2_t tables, int8x16_t *weights) {
  if (bits == 3) {
    const uint8x16x3_t unit = vld3q_u8(packed);
    const uint8x16_t low = unit.val[0], middle = unit.val[1], high = unit.val[2], seven = vdupq_n_u8(7);
    const uint8x16_t code[TQ_FEW_MOST_DIGITS] = {
      low, vshrq_n_u8(low, 3), vsliq_n_u8(vshrq_n_u8(low, 6), middle, 2), vshrq_n_u8(middle, 1),
      vshrq_n_u8(middle, 4), vsliq_n_u8(vshrq_n_u8(middle, 7), high, 1), vshrq_n_u8(high, 2), vshrq_n_u8(high, 5)};
#pragma GCC unroll 8
    for (int32_t i = 0; i < 8; i++) weights[i] = vqtbl1q_s8(tables.val[0], i < 7 ? vandq_u8(code[i], seven) : code[i]);
  } else {
    const uint8x16_t unit = vld1q_u8(packed), low = vandq_u8(unit, vdupq_n_u8(15)), high = vshrq_n_u8(unit, 4);
    const int32_t next = bits == 2 ? 2 : 1;
    weights[0] = vqtbl1q_s8(tables.val[0], low);
    weights[next] = vqtbl1q_s8(tables.val[0], high);
    if (bits == 4) return;
    weights[1] = vqtbl1q_s8(tables.val[1], low);
    weights[3] = vqtbl1q_s8(tables.val[1], high);
  }
}

#endif

#endif
