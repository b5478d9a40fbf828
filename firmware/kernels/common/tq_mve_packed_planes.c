#include "tq_bits.h"
#include "tq_mve.h"
#include "tq_mve_packed.h"

/* Four rows, and the words from one of them to the row that is four further on. */
typedef struct {
  const int32_t *w[4];
  int32_t next;
} rows;

/* counts [4 * groups] += the places where a row differs from four, from four further on, and so on; groups and
 * words >= 1. */
static void add_differing(const uint8_t *ones, const int32_t *x, const rows *by, int32_t words, int32_t groups,
                          uint32_t *counts) {
#if TQ_MVE
  const int32_t *const row = x, *w0 = by->w[0], *w1 = by->w[1], *w2 = by->w[2], *w3 = by->w[3];
  const int32_t bytes = 4 * words, on = 4 * by->next - (bytes + 15) / 16 * 16;
  uint32_t *const end = counts + 4 * groups;
  uint32_t s0, s1, s2, s3;
  __asm__ volatile("1: ldr lr, %[bytes]\n"
                   "ldrd %[s0], %[s1], [%[counts]]\n"
                   "ldrd %[s2], %[s3], [%[counts], #8]\n"
                   "ldr %[x], %[row]\n"
                   "dlstp.8 lr, lr\n"
                   "2: vldrb.8 q0, [%[x]], #16\n"
                   "vldrb.8 q1, [%[w0]], #16\n"
                   "veor q1, q1, q0\n"
                   "vldrb.u8 q2, [%[ones], q1]\n"
                   "vldrb.8 q1, [%[w1]], #16\n"
                   "vaddva.u8 %[s0], q2\n"
                   "veor q1, q1, q0\n"
                   "vldrb.u8 q2, [%[ones], q1]\n"
                   "vldrb.8 q1, [%[w2]], #16\n"
                   "vaddva.u8 %[s1], q2\n"
                   "veor q1, q1, q0\n"
                   "vldrb.u8 q2, [%[ones], q1]\n"
                   "vldrb.8 q1, [%[w3]], #16\n"
                   "vaddva.u8 %[s2], q2\n"
                   "veor q1, q1, q0\n"
                   "vldrb.u8 q2, [%[ones], q1]\n"
                   "vaddva.u8 %[s3], q2\n"
                   "letp lr, 2b\n"
                   "ldr lr, %[on]\n"
                   "strd %[s2], %[s3], [%[counts], #8]\n"
                   "strd %[s0], %[s1], [%[counts]], #16\n"
                   "add %[w0], %[w0], lr\n"
                   "add %[w1], %[w1], lr\n"
                   "add %[w2], %[w2], lr\n"
                   "add %[w3], %[w3], lr\n"
                   "ldr lr, %[end]\n"
                   "cmp %[counts], lr\n"
                   "bne 1b\n"
                   : [s0] "=&Te"(s0), [s1] "=&Te"(s1), [s2] "=&Te"(s2), [s3] "=&Te"(s3), [x] "=&r"(x), [w0] "+r"(w0),
                     [w1] "+r"(w1), [w2] "+r"(w2), [w3] "+r"(w3), [counts] "+r"(counts)
                   : [ones] "r"(ones), [row] "m"(row), [bytes] "m"(bytes), [on] "m"(on), [end] "m"(end)
                   : "q0", "q1", "q2", "lr", "cc", "memory");
#else
  for (int32_t r = 0; r < 4 * groups; r++) {
    const int32_t *const w = by->w[r % 4] + r / 4 * by->next;
    for (int32_t i = 0; i < words; i++) {
      const uint32_t bits = (uint32_t)x[i] ^ (uint32_t)w[i];
      for (int32_t k = 0; k < 32; k += 8) counts[r] += ones[bits >> k & 255u];
    }
  }
#endif
}

/* The same of `count` rows, `row` words apart. */
static void add_rows(const uint8_t *ones, const int32_t *x, const int32_t *w, int32_t row, int32_t words, int32_t count,
                     uint32_t *counts) {
  const int32_t groups = count / 4, rest = count % 4;

  if (groups > 0) {
    const rows four = {{w, w + row, w + 2 * row, w + 3 * row}, 4 * row};
    add_differing(ones, x, &four, words, groups, counts);
  }
  if (rest > 0) { /* the last one again */
    const int32_t *const first = w + 4 * groups * row, *const last = w + (count - 1) * row;
    const rows few = {{first, rest > 1 ? first + row : last, last, last}, 0};
    add_differing(ones, x, &few, words, 1, counts + 4 * groups);
  }
}

void tq_mve_packed_planes(const uint8_t *ones, const int32_t *x, int32_t x_levels, const int32_t *w, int32_t w_levels,
                          int32_t channels, int32_t count, int32_t *sums) {
  const int32_t words = tq_bits_words(channels), row = tq_bits_row(channels, w_levels);
  const int32_t x_planes = tq_bits_planes(x_levels), w_planes = tq_bits_planes(w_levels);
  const uint32_t largest = (uint32_t)channels * (uint32_t)(x_levels - 1) * (uint32_t)(w_levels - 1);
  uint32_t counts[TQ_MVE_MANY];

  tq_mve_fill((int8_t *)counts, 0, sizeof counts);
  for (int32_t shift = x_planes + w_planes - 2; shift >= 0; shift--) {
    for (int32_t i = 0; i < TQ_MVE_MANY; i++) counts[i] *= 2;
    for (int32_t m = 0; m < x_planes; m++) {
      const int32_t k = shift - m;
      if (k >= 0 && k < w_planes) add_rows(ones, x + m * words, w + k * words, row, words, count, counts);
    }
  }
  for (int32_t i = 0; i < TQ_MVE_MANY; i++) sums[i] = (int32_t)(largest - 2 * counts[i]);
}
