#include "tq_dsp_dense.h"

#if TQ_DSP_CORE
/* x in r11, r12; weights at r2 - 4 + offset; sums in r4..r7, r8..r10: rows' offsets. */
#define ROW(load, sum)             \
  load                             \
  "sxtb16 lr, r0\n"                \
  "sxtb16 r0, r0, ror #8\n"        \
  "smlad " sum ", r11, lr, " sum "\n" \
  "smlad " sum ", r12, r0, " sum "\n"
#define QUAD                             \
  "ldrd r11, r12, [r1], #8\n"            \
  ROW("ldr r0, [r2], #4\n", "r4")        \
  ROW("ldr r0, [r2, r8]\n", "r5")        \
  ROW("ldr r0, [r2, r9]\n", "r6")        \
  ROW("ldr r0, [r2, r10]\n", "r7")

void tq_dsp_dense_four_rows(int32_t *sums, const uint32_t *x, const int8_t *weights, int32_t stride,
                            int32_t quads) {
  register int32_t *r0 __asm__("r0") = sums;
  register const uint32_t *r1 __asm__("r1") = x;
  register const int8_t *r2 __asm__("r2") = weights;
  register int32_t r3 __asm__("r3") = quads;
  register int32_t r8 __asm__("r8") = stride - 4;
  register int32_t r9 __asm__("r9") = 2 * stride - 4;
  register int32_t r10 __asm__("r10") = 3 * stride - 4;

  __asm__ volatile(
      "push {r0, r7}\n" /* r7 is the compiler's where it does not optimize */
      "mov r4, #0\n"
      "mov r5, #0\n"
      "mov r6, #0\n"
      "mov r7, #0\n"
      "tst r3, #1\n"
      "beq 1f\n" QUAD
      "subs r3, r3, #1\n"
      "beq 2f\n"
      "1:\n" QUAD QUAD
      "subs r3, r3, #2\n"
      "bne 1b\n"
      "2:\n"
      "pop {r0}\n"
      "stm r0, {r4-r7}\n"
      "pop {r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r8), "+r"(r9), "+r"(r10)
      :
      : "r4", "r5", "r6", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_dsp_dense_four_rows(int32_t *sums, const uint32_t *x, const int8_t *weights, int32_t stride,
                            int32_t quads) {
  for (int32_t k = 0; k < 4; k++, weights += stride) {
    sums[k] = 0;
    for (int32_t i = 0; i < quads; i++) {
      const uint32_t bytes = tq_load_word(weights + 4 * i);
      sums[k] = tq_smlad(x[2 * i], tq_even_bytes(bytes), sums[k]);
      sums[k] = tq_smlad(x[2 * i + 1], tq_odd_bytes(bytes), sums[k]);
    }
  }
}
#endif
