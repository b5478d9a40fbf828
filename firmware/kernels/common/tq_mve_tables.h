/* Tables of what the bits of four weights add to sums, for 32 lanes: entries as tq_mve_sliced.h has them. */
#ifndef TQ_MVE_TABLES_H
#define TQ_MVE_TABLES_H

#include "tq_mve_bytes.h"

/* Entry w = first + the sum of steps[c] over the bits c of w; `apart`, in bytes, is a constant. */
static inline void tq_mve_lay_table(tq_sixteen first, tq_sixteen step0, tq_sixteen step1, tq_sixteen step2,
                                    tq_sixteen step3, uint8_t *table, int32_t apart) {
  tq_sixteen x = first; /* each entry is a step away from one before */
#define ENTRY(w, how, step) tq_sixteen_store(x = tq_sixteen_##how(x, step), table + apart * (w))
  tq_sixteen_store(x, table);
  ENTRY(1, add, step0);
  ENTRY(3, add, step1);
  ENTRY(2, sub, step0);
  ENTRY(6, add, step2);
  ENTRY(7, add, step0);
  ENTRY(5, sub, step1);
  ENTRY(4, sub, step0);
  ENTRY(12, add, step3);
  ENTRY(13, add, step0);
  ENTRY(15, add, step1);
  ENTRY(14, sub, step0);
  ENTRY(10, sub, step2);
  ENTRY(11, add, step0);
  ENTRY(9, sub, step1);
  ENTRY(8, sub, step0);
#undef ENTRY
}

/* Signs: 1 where the lane's bit c is another one than the weight's; less 2 of four. */
static inline void tq_mve_lay_signs(tq_sixteen x, uint8_t *table, int32_t apart) {
  const tq_sixteen one = tq_sixteen_of(0x11);
  const tq_sixteen a = TQ_SIXTEEN_BIT(x, 0), b = TQ_SIXTEEN_BIT(x, 1);
  const tq_sixteen c = TQ_SIXTEEN_BIT(x, 2), d = TQ_SIXTEEN_BIT(x, 3);
  const tq_sixteen sum = tq_sixteen_add(tq_sixteen_add(a, b), tq_sixteen_add(c, d));
#define STEP(bit) tq_sixteen_sub(tq_sixteen_sub(one, bit), bit)

  tq_mve_lay_table(tq_sixteen_sub(sum, tq_sixteen_of(0x22)), STEP(a), STEP(b), STEP(c), STEP(d), table, apart);
#undef STEP
}

/* Slice k of 32 lanes: a nibble of each. */
static inline tq_sixteen tq_mve_slice(tq_sixteen bytes[2][4], int32_t k) {
  const tq_sixteen a = bytes[0][k / 2], b = bytes[1][k / 2];
  return k % 2 ? tq_sixteen_upper(a, b) : tq_sixteen_lower(a, b);
}

#endif
