#include "tq_swar_int8.h"
#include "tq_swar_multiply.h"

#if TQ_SWAR_THUMB
/* A tap at four positions: r0 x, r1 its weight, lr what weights are apart, r2 0; sums in r8 to r11. 22 bytes. */
#define TAP                     \
  "ldrsb r3, [r1, r2]\n"        \
  "add r1, lr\n"                \
  "ldm r0!, {r4-r7}\n"          \
  TQ_SWAR_MULTIPLY

void tq_swar_products(int32_t *sums, const int32_t *x, int32_t taps, const int8_t *weights, int32_t step, int32_t next,
                      int32_t filters) {
  register int32_t *r0 __asm__("r0") = sums;
  register const int32_t *r1 __asm__("r1") = x;
  register int32_t r2 __asm__("r2") = next - step * taps;
  register const int32_t *r3 __asm__("r3") = sums + TQ_SWAR_TILE * filters;
  register int32_t r4 __asm__("r4") = 22 * (-taps & 7); /* of code, what of the first turn is left out */
  register const int8_t *r5 __asm__("r5") = weights;
  register int32_t r6 __asm__("r6") = step;

  __asm__ volatile(
      ".syntax unified\n" /* gcc 12 asks for the old one in the smallest cores' code */
      "push {r7}\n" /* the compiler's where it does not optimize */
      "push {r0, r1, r2, r3, r4}\n"
      "mov lr, r6\n"
      "mov r12, %[end]\n"
      "mov r1, r5\n"
      "1:\n"
      "ldr r0, [sp]\n"
      "ldm r0!, {r4-r7}\n"
      "mov r8, r4\n"
      "mov r9, r5\n"
      "mov r10, r6\n"
      "mov r11, r7\n"
      "ldr r0, [sp, #4]\n"
      "ldr r3, [sp, #16]\n"
      "movs r2, #0\n"
      "add pc, r3\n"
      "nop\n"
      "2:\n"
      TAP TAP TAP TAP TAP TAP TAP TAP
      "cmp r0, r12\n"
      "bne 2b\n"
      "ldr r0, [sp]\n"
      "mov r4, r8\n"
      "mov r5, r9\n"
      "mov r6, r10\n"
      "mov r7, r11\n"
      "stm r0!, {r4-r7}\n"
      "adds r0, #16\n"
      "str r0, [sp]\n"
      "ldr r3, [sp, #8]\n"
      "add r1, r3\n"
      "ldr r3, [sp, #12]\n"
      "cmp r0, r3\n"
      "bne 1b\n"
      "add sp, #20\n"
      "pop {r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
      : [end] "h"(x + TQ_SWAR_FOUR * taps)
      : "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_swar_products(int32_t *sums, const int32_t *x, int32_t taps, const int8_t *weights, int32_t step, int32_t next,
                      int32_t filters) {
  for (; filters > 0; filters--, sums += TQ_SWAR_TILE, weights += next) {
    for (int32_t i = 0; i < taps; i++) {
      for (int32_t k = 0; k < TQ_SWAR_FOUR; k++) sums[k] += x[TQ_SWAR_FOUR * i + k] * weights[step * i];
    }
  }
}
#endif
