#include "tq_bits.h"
#include "tq_mve.h"
#include "tq_mve_packed.h"

/* Planes of two rows w, of which the next two are `next` words further on, and of a row that they are multiplied by;
 * x_all: what its mask is at least. */
typedef struct {
  const int32_t *x_mask, *x, *w_mask[2], *w[2];
  int32_t next, mask_next;
  uint32_t x_all;
} operands;

/* sums [2 * pairs]: ones of the masks less twice those of the signs that differ there; pairs, words >= 1. */
static void products(const uint8_t *ones, const operands *o, int32_t words, int32_t pairs, int32_t *sums) {
#if TQ_MVE
  const int32_t *const x_rows[2] = {o->x_mask, o->x}, *x_mask, *x;
  const int32_t *m0 = o->w_mask[0], *m1 = o->w_mask[1], *w0 = o->w[0], *w1 = o->w[1];
  const int32_t bytes = 4 * words, whole = (bytes + 15) / 16 * 16;
  const int32_t on[2] = {4 * o->mask_next - whole, 4 * o->next - whole};
  int32_t *const end = sums + 2 * pairs;
  int32_t s0, s1;
  __asm__ volatile("1: ldr lr, %[bytes]\n"
                   "ldrd %[x_mask], %[x], %[rows]\n"
                   "mov %[s0], #0\n"
                   "mov %[s1], #0\n"
                   "dlstp.8 lr, lr\n"
                   "2: vldrb.8 q0, [%[x_mask]], #16\n"
                   "vldrb.8 q1, [%[x]], #16\n"
                   "vorr q0, q0, %q[all]\n"
                   "vldrb.8 q2, [%[m0]], #16\n"
                   "vldrb.8 q3, [%[w0]], #16\n"
                   "vand q2, q2, q0\n"
                   "veor q3, q3, q1\n"
                   "vldrb.u8 q4, [%[ones], q2]\n"
                   "vand q3, q3, q2\n"
                   "vaddva.s8 %[s0], q4\n"
                   "vldrb.u8 q4, [%[ones], q3]\n"
                   "vldrb.8 q2, [%[m1]], #16\n"
                   "vldrb.8 q3, [%[w1]], #16\n"
                   "vmladava.s8 %[s0], q4, %q[minus_two]\n"
                   "vand q2, q2, q0\n"
                   "veor q3, q3, q1\n"
                   "vldrb.u8 q4, [%[ones], q2]\n"
                   "vand q3, q3, q2\n"
                   "vaddva.s8 %[s1], q4\n"
                   "vldrb.u8 q4, [%[ones], q3]\n"
                   "vmladava.s8 %[s1], q4, %q[minus_two]\n"
                   "letp lr, 2b\n"
                   "ldrd %[x_mask], %[x], %[on]\n"
                   "strd %[s0], %[s1], [%[sums]], #8\n"
                   "ldr lr, %[end]\n"
                   "add %[m0], %[m0], %[x_mask]\n"
                   "add %[m1], %[m1], %[x_mask]\n"
                   "add %[w0], %[w0], %[x]\n"
                   "add %[w1], %[w1], %[x]\n"
                   "cmp %[sums], lr\n"
                   "bne 1b\n"
                   : [s0] "=&Te"(s0), [s1] "=&Te"(s1), [x_mask] "=&r"(x_mask), [x] "=&r"(x), [m0] "+r"(m0),
                     [w0] "+r"(w0), [m1] "+r"(m1), [w1] "+r"(w1), [sums] "+r"(sums)
                   : [all] "w"(vdupq_n_u32(o->x_all)), [minus_two] "w"(vdupq_n_s8(-2)), [ones] "r"(ones),
                     [rows] "m"(x_rows), [on] "m"(on), [bytes] "m"(bytes), [end] "m"(end)
                   : "q0", "q1", "q2", "q3", "q4", "lr", "cc", "memory");
#else
  for (int32_t r = 0; r < 2 * pairs; r++) {
    const int32_t *const mask = o->w_mask[r % 2] + r / 2 * o->mask_next, *const w = o->w[r % 2] + r / 2 * o->next;
    sums[r] = 0;
    for (int32_t i = 0; i < words; i++) {
      const uint32_t there = ((uint32_t)o->x_mask[i] | o->x_all) & (uint32_t)mask[i];
      const uint32_t minus = ((uint32_t)o->x[i] ^ (uint32_t)w[i]) & there;
      for (int32_t k = 0; k < 32; k += 8) sums[r] += ones[there >> k & 255u] - 2 * ones[minus >> k & 255u];
    }
  }
#endif
}

void tq_mve_packed_ternary(const uint8_t *ones, const int32_t *x, int32_t x_levels, const int32_t *w, int32_t w_levels,
                           int32_t channels, int32_t count, int32_t *sums) {
  const int32_t words = tq_bits_words(channels), row = tq_bits_row(channels, w_levels), ternary = w_levels == 3;
  const int32_t signs = ternary ? words : 0, mask_row = ternary ? row : 0;
  const int32_t *const w_mask = ternary ? w : x; /* binary weights are never 0 */
  operands o = {x, x_levels == 3 ? x + words : x, {w_mask, w_mask + mask_row}, {w + signs, w + signs + row},
                2 * row, 2 * mask_row, x_levels == 3 ? 0 : UINT32_MAX};

  if (count > 1) products(ones, &o, words, count / 2, sums);
  if (count % 2 > 0) {
    const int32_t last = count - 1;
    int32_t twice[2];
    o.w_mask[0] = o.w_mask[1] = w_mask + last * mask_row;
    o.w[0] = o.w[1] = w + signs + last * row;
    products(ones, &o, words, 1, twice);
    sums[last] = twice[0];
  }
}
