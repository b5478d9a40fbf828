#include "tq_dsp_dual.h"

#define MASK 0xc003c003u
#define BLOCK 28 /* words of x of 56 inputs */

static int32_t products(const uint32_t *x, uint32_t word, int32_t sum) {
  sum = tq_dual_quad(x, word, tq_rotated(word, 4), MASK, sum);
  return tq_dual_quad(x + 2, tq_rotated(word, 8), tq_rotated(word, 12), MASK, sum);
}

#if TQ_DSP_CORE
#define WORD TQ_DUAL_WORDS TQ_DUAL_QUAD("", ", ror #4") TQ_DUAL_QUAD(", ror #8", ", ror #12")

static void four_pairs(const tq_dsp_dual_x *x, const uint32_t *weights, int32_t *sums) {
  register int32_t *r0 __asm__("r0") = sums;
  register const uint32_t *r1 __asm__("r1") = x->words;
  register const uint32_t *r2 __asm__("r2") = weights;
  register const uint32_t *r3 __asm__("r3") = x->first_end;
  register const uint32_t *r4 __asm__("r4") = x->end;
  register uint32_t r12 __asm__("r12") = MASK;

  __asm__ volatile(TQ_DUAL_LOOP(WORD, WORD WORD WORD WORD WORD WORD WORD)
                   : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4)
                   : "r"(r12)
                   : "r5", "r6", "r8", "r9", "r10", "r11", "lr", "cc", "memory");
}
#endif

void tq_dsp_dual_ternary(const tq_dsp_dual_x *x, const uint32_t *weights, int32_t pairs, int32_t *sums) {
#if TQ_DSP_CORE
  if (pairs == 4) {
    four_pairs(x, weights, sums);
    return;
  }
#endif
  for (int32_t k = 0; k < pairs; k++) tq_dsp_dual_pair(x, weights + k, pairs, 4, BLOCK, products, sums + 2 * k);
}
