/* Sums of products of rows of int8. */
#ifndef TQ_MVE_DOT_H
#define TQ_MVE_DOT_H

#include "tq_mve.h"
#include "tq_mve_scales.h"

/* The sum of the products of two rows, modulo 2^32; count >= 1. */
static inline int32_t tq_mve_dot_one(const int8_t *x, const int8_t *w, int32_t count) {
#if TQ_MVE
  int32_t sum = 0;
  __asm__ volatile("dlstp.8 lr, %3\n"
                   "1: vldrb.8 q0, [%1], #16\n"
                   "vldrb.8 q1, [%2], #16\n"
                   "vmladava.s8 %0, q0, q1\n"
                   "letp lr, 1b\n"
                   : "+Te"(sum), "+r"(x), "+r"(w)
                   : "r"(count)
                   : "q0", "q1", "lr", "memory");
  return sum;
#else
  uint32_t sum = 0;
  for (int32_t i = 0; i < count; i++) sum += (uint32_t)(x[i] * w[i]);
  return (int32_t)sum;
#endif
}

/* sums [4] of products of a row with four, `count` apart; count >= 1. */
static inline void tq_mve_dot_four(const int8_t *x, const int8_t *w, int32_t count, int32_t *sums) {
#if TQ_MVE
  const int8_t *w1 = w + count, *w2 = w1 + count, *w3 = w2 + count;
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  __asm__ volatile("dlstp.8 lr, %[count]\n"
                   "1: vldrb.8 q0, [%[x]], #16\n"
                   "vldrb.8 q1, [%[w0]], #16\n"
                   "vmladava.s8 %[s0], q0, q1\n"
                   "vldrb.8 q2, [%[w1]], #16\n"
                   "vmladava.s8 %[s1], q0, q2\n"
                   "vldrb.8 q1, [%[w2]], #16\n"
                   "vmladava.s8 %[s2], q0, q1\n"
                   "vldrb.8 q2, [%[w3]], #16\n"
                   "vmladava.s8 %[s3], q0, q2\n"
                   "letp lr, 1b\n"
                   : [s0] "+Te"(s0), [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3), [x] "+r"(x), [w0] "+r"(w),
                     [w1] "+r"(w1), [w2] "+r"(w2), [w3] "+r"(w3)
                   : [count] "r"(count)
                   : "q0", "q1", "q2", "lr", "memory");
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
#else
  for (int32_t i = 0; i < 4; i++) sums[i] = tq_mve_dot_one(x, w + i * count, count);
#endif
}

/* The sum of a row; count >= 1. */
static inline int32_t tq_mve_total(const int8_t *row, int32_t count) {
  int32_t sum = 0;
#if TQ_MVE
  __asm__ volatile("dlstp.8 lr, %2\n"
                   "1: vldrb.8 q0, [%1], #16\n"
                   "vaddva.s8 %0, q0\n"
                   "letp lr, 1b\n"
                   : "+Te"(sum), "+r"(row)
                   : "r"(count)
                   : "q0", "lr", "memory");
#else
  for (int32_t i = 0; i < count; i++) sum += row[i];
#endif
  return sum;
}

/* sums[TQ_MVE_APART * i + j]: three rows by filter j < 2 * pairs. Filter 0 is w0, filter 1 is w1, and the others are
 * 2 * step further on each. pairs, count >= 1. */
static inline void tq_mve_dots(const int8_t *const x[3], const int8_t *w0, const int8_t *w1, int32_t step,
                               int32_t count, int32_t *sums, int32_t pairs) {
#if TQ_MVE
  const int8_t *const rows[3] = {x[0], x[1], x[2]}, *x0, *x1, *x2; /* rows: beside the stack pointer */
  const int32_t next = 2 * step - (count + 15) / 16 * 16;
  int32_t *const end = sums + 2 * pairs;
  int32_t a0, a1, b0, b1, c0, c1;
  /* All registers but one: the compiler would keep half of them in memory. */
  __asm__ volatile("1: ldr lr, %[count]\n"
                   "ldrd %[x0], %[x1], %[first]\n"
                   "ldr %[x2], %[third]\n"
                   "mov %[a0], #0\n"
                   "mov %[a1], #0\n"
                   "mov %[b0], #0\n"
                   "mov %[b1], #0\n"
                   "mov %[c0], #0\n"
                   "mov %[c1], #0\n"
                   "dlstp.8 lr, lr\n"
                   "2: vldrb.8 q0, [%[w0]], #16\n"
                   "vldrb.8 q1, [%[x0]], #16\n"
                   "vmladava.s8 %[a0], q1, q0\n"
                   "vldrb.8 q2, [%[x1]], #16\n"
                   "vmladava.s8 %[b0], q2, q0\n"
                   "vldrb.8 q3, [%[x2]], #16\n"
                   "vmladava.s8 %[c0], q3, q0\n"
                   "vldrb.8 q0, [%[w1]], #16\n"
                   "vmladava.s8 %[a1], q1, q0\n"
                   "vmladava.s8 %[b1], q2, q0\n"
                   "vmladava.s8 %[c1], q3, q0\n"
                   "letp lr, 2b\n"
                   "ldr lr, %[next]\n"
                   "strd %[b0], %[b1], [%[sums], #128]\n"
                   "strd %[c0], %[c1], [%[sums], #256]\n"
                   "strd %[a0], %[a1], [%[sums]], #8\n"
                   "add %[w0], %[w0], lr\n"
                   "add %[w1], %[w1], lr\n"
                   "ldr lr, %[end]\n"
                   "cmp %[sums], lr\n"
                   "bne 1b\n"
                   : [a0] "=&Te"(a0), [a1] "=&Te"(a1), [b0] "=&Te"(b0), [b1] "=&Te"(b1), [c0] "=&Te"(c0),
                     [c1] "=&Te"(c1), [x0] "=&r"(x0), [x1] "=&r"(x1), [x2] "=&r"(x2), [w0] "+r"(w0),
                     [w1] "+r"(w1), [sums] "+r"(sums)
                   : [first] "m"(rows), [third] "m"(rows[2]), [count] "m"(count), [next] "m"(next), [end] "m"(end)
                   : "q0", "q1", "q2", "q3", "lr", "cc", "memory");
#else
  for (int32_t j = 0; j < 2 * pairs; j++) {
    const int8_t *const w = (j % 2 ? w1 : w0) + j / 2 * 2 * step;
    for (int32_t i = 0; i < 3; i++) sums[i * TQ_MVE_APART + j] = tq_mve_dot_one(x[i], w, count);
  }
#endif
}

#endif
