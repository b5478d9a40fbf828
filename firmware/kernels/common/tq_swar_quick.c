#include "tq_swar.h"

#if TQ_SHORT_PRODUCTS && TQ_SWAR_THUMB
/* r2: a sum; r7: its scale. tq_rounding_high_mul_30 and what is around it. */
#define OUTPUT             \
  "ldm r7!, {r3-r6}\n"     \
  "muls r2, r3\n"          \
  "adds r2, r2, r4\n"      \
  "sxth r3, r2\n"          \
  "subs r4, r2, r3\n"      \
  "asrs r4, r4, #16\n"     \
  "movs r0, r5\n"          \
  "muls r0, r3\n"          \
  "asrs r0, r0, #16\n"     \
  "muls r3, r6\n"          \
  "adds r0, r0, r3\n"      \
  "muls r5, r4\n"          \
  "adds r0, r0, r5\n"      \
  "asrs r0, r0, #14\n"     \
  "adds r0, #1\n"          \
  "asrs r0, r0, #1\n"      \
  "muls r4, r6\n"          \
  "lsls r4, r4, #1\n"      \
  "adds r0, r0, r4\n"      \
  "ldm r7!, {r3-r6}\n"     \
  "asrs r2, r2, #31\n"     \
  "adds r0, r0, r2\n"      \
  "adds r0, r0, r3\n"      \
  "asrs r0, r4\n"          \
  "subs r7, #32\n"         \
  "cmp r0, r5\n"           \
  "bge 8f\n"               \
  "mov r0, r5\n"           \
  "8:\n"                   \
  "cmp r0, r6\n"           \
  "ble 9f\n"               \
  "mov r0, r6\n"           \
  "9:\n"                   \
  "strb r0, [r1]\n"        \
  "add r1, r10\n"

/* In assembly, as gcc 12 keeps moving what eight registers have no room for. r8: lanes, r9: outputs that are left,
 * r10: step, r11: a word of lanes. */
void tq_swar_quick(const tq_swar_scale *scale, const uint32_t *lanes, int32_t count, int8_t *output, int32_t step) {
  register const uint32_t *r0 __asm__("r0") = lanes;
  register int8_t *r1 __asm__("r1") = output;
  register int32_t r2 __asm__("r2") = count;
  register int32_t r3 __asm__("r3") = step;
  register const tq_swar_scale *r4 __asm__("r4") = scale;

  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n" /* the compiler's where it does not optimize */
      "mov r8, r0\n"
      "mov r9, r2\n"
      "mov r10, r3\n"
      "mov r7, r4\n"
      "1:\n"
      "mov r0, r8\n"
      "ldm r0!, {r3}\n"
      "mov r8, r0\n"
      "sxth r2, r3\n"
      "subs r3, r3, r2\n"
      "asrs r3, r3, #16\n"
      "mov r11, r3\n"
      OUTPUT
      "mov r0, r9\n"
      "subs r0, #2\n"
      "mov r9, r0\n"
      "bmi 2f\n"
      "mov r2, r11\n"
      OUTPUT
      "mov r0, r9\n"
      "cmp r0, #0\n"
      "bne 1b\n"
      "2:\n"
      "pop {r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4)
      :
      : "r5", "r6", "r8", "r9", "r10", "r11", "cc", "memory");
}
#else
void tq_swar_quick(const tq_swar_scale *scale, const uint32_t *lanes, int32_t count, int8_t *output, int32_t step) {
  const tq_swar_scale s = *scale; /* a copy, because writing int8_t output could change it */

  for (; count > 1; count -= 2, output += 2 * step) {
    const uint32_t word = *lanes++;
    output[0] = tq_swar_output_of(&s, tq_swar_low(word));
    output[step] = tq_swar_output_of(&s, tq_swar_high(word));
  }
  if (count > 0) *output = tq_swar_output_of(&s, tq_swar_low(*lanes));
}
#endif
