#include "tq_swar_int8.h"
#include "tq_swar_multiply.h"

#if TQ_SWAR_THUMB
/* r0: x, r1: its weight, r12: to the next tap's x from behind this one's. 22 bytes. */
#define TAP                     \
  "ldm r1!, {r3}\n"             \
  "ldm r0!, {r4-r7}\n"          \
  TQ_SWAR_MULTIPLY              \
  "add r0, r12\n"

void tq_swar_slide(int32_t *sums, const int32_t *x, int32_t tiles, const int32_t *weights, int32_t taps,
                   int32_t pitch) {
  register int32_t *r0 __asm__("r0") = sums;
  register const int32_t *r1 __asm__("r1") = weights;
  register const int32_t *r2 __asm__("r2") = x;
  register const int32_t *r3 __asm__("r3") = sums + TQ_SWAR_FOUR * tiles;
  register int32_t r4 __asm__("r4") = 22 * (-taps & 7); /* of code, what of the first turn is left out */
  register int32_t r5 __asm__("r5") = pitch - 4 * TQ_SWAR_FOUR;
  register const int32_t *r6 __asm__("r6") = weights + taps;

  __asm__ volatile(
      ".syntax unified\n" /* gcc 12 asks for the old one in the smallest cores' code */
      "push {r7}\n" /* the compiler's where it does not optimize */
      "push {r0, r1, r3, r4}\n"
      "mov r12, r5\n"
      "mov lr, r6\n"
      "1:\n"
      "movs r0, #0\n"
      "mov r8, r0\n"
      "mov r9, r0\n"
      "mov r10, r0\n"
      "mov r11, r0\n"
      "ldr r1, [sp, #4]\n"
      "movs r0, r2\n"
      "adds r2, #16\n"
      "ldr r3, [sp, #12]\n"
      "add pc, r3\n"
      "nop\n"
      "2:\n"
      TAP TAP TAP TAP TAP TAP TAP TAP
      "cmp r1, lr\n"
      "bne 2b\n"
      "ldr r0, [sp]\n"
      "mov r4, r8\n"
      "mov r5, r9\n"
      "mov r6, r10\n"
      "mov r7, r11\n"
      "stm r0!, {r4-r7}\n"
      "str r0, [sp]\n"
      "ldr r3, [sp, #8]\n"
      "cmp r0, r3\n"
      "bne 1b\n"
      "add sp, #16\n"
      "pop {r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
      :
      : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_swar_slide(int32_t *sums, const int32_t *x, int32_t tiles, const int32_t *weights, int32_t taps,
                   int32_t pitch) {
  for (int32_t i = 0; i < TQ_SWAR_FOUR * tiles; i++) {
    sums[i] = 0;
    for (int32_t k = 0; k < taps; k++) sums[i] += x[i + pitch / 4 * k] * weights[k];
  }
}
#endif
