#include "tq_mve.h"
#include "tq_mve_dense.h"

#if TQ_MVE

#define ROW(row)                       \
  "ldrh %[bits], [%[w" #row "]], #2\n" \
  "vmsr p0, %[bits]\n"                 \
  "vpst\n"                             \
  "vaddvat.s8 %[s" #row "], q0\n"

void tq_mve_sum_marked(const uint8_t *packed, int32_t vectors, const int8_t *x, int32_t *sums) {
  const uint8_t *w0 = packed, *w1 = w0 + 2 * vectors, *w2 = w1 + 2 * vectors, *w3 = w2 + 2 * vectors;
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, bits;

  __asm__ volatile("dls lr, %[vectors]\n"
                   "1: vldrb.8 q0, [%[x]], #16\n"
                   ROW(0) ROW(1) ROW(2) ROW(3)
                   "le lr, 1b\n"
                   : [s0] "+Te"(s0), [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3), [x] "+r"(x), [w0] "+r"(w0),
                     [w1] "+r"(w1), [w2] "+r"(w2), [w3] "+r"(w3), [bits] "=&r"(bits)
                   : [vectors] "r"(vectors)
                   : "q0", "lr", "memory");
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

#else

void tq_mve_sum_marked(const uint8_t *packed, int32_t vectors, const int8_t *x, int32_t *sums) {
  for (int32_t row = 0; row < 4; row++, packed += 2 * vectors) {
    sums[row] = 0;
    for (int32_t i = 0; i < 16 * vectors; i++) sums[row] += packed[i / 8] >> i % 8 & 1 ? x[i] : 0;
  }
}

#endif
