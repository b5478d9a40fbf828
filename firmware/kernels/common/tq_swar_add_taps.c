#include "tq_swar_lines.h"

#if TQ_SWAR_THUMB
/* r0: places, r12: their end, r1: the tile's words; sums in r8..r11. */
#define ADD_WORDS(address)        \
  "ldm " address "!, {r4-r7}\n"   \
  "add r8, r4\n"                  \
  "add r9, r5\n"                  \
  "add r10, r6\n"                 \
  "add r11, r7\n"
/* An odd one first, then two at a time. */
#define ADD_PLACES(two, done)  \
  "cmp r0, r12\n"                   \
  "beq " done "f\n"                 \
  "mov r2, r12\n"                   \
  "subs r2, r2, r0\n"               \
  "lsls r2, r2, #30\n"              \
  "beq " two "f\n"                  \
  "ldrh r2, [r0]\n"                 \
  "adds r0, #2\n"                   \
  "add r2, r1\n"                    \
  ADD_WORDS("r2")                   \
  "cmp r0, r12\n"                   \
  "beq " done "f\n"                 \
  two ":\n"                         \
  "ldrh r2, [r0]\n"                 \
  "ldrh r3, [r0, #2]\n"             \
  "adds r0, #4\n"                   \
  "add r2, r1\n"                    \
  "add r3, r1\n"                    \
  ADD_WORDS("r2")                   \
  ADD_WORDS("r3")                   \
  "cmp r0, r12\n"                   \
  "bne " two "b\n"                  \
  done ":\n"
#define NEGATE(sum)       \
  "mov r4, " sum "\n"     \
  "negs r4, r4\n"         \
  "mov " sum ", r4\n"

void tq_swar_add_taps(uint32_t *lanes, const uint32_t *x, const tq_swar_filter *filter, int32_t tiles) {
  const uint16_t *const places = (const uint16_t *)(const void *)(filter + 1);
  register const uint16_t *r0 __asm__("r0") = places;
  register const uint32_t *r1 __asm__("r1") = x;
  register const uint16_t *r2 __asm__("r2") = places + filter->minus;
  register const uint16_t *r3 __asm__("r3") = places + filter->all;
  register uint32_t *r4 __asm__("r4") = lanes;
  register const uint32_t *r5 __asm__("r5") = x + TQ_SWAR_WORDS * tiles;

  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n" /* the compiler's where it does not optimize */
      "push {r0, r2, r3, r5}\n"
      "mov lr, r4\n"
      "1:\n"
      "movs r4, #0\n"
      "mov r8, r4\n"
      "mov r9, r4\n"
      "mov r10, r4\n"
      "mov r11, r4\n"
      "ldr r0, [sp]\n"
      "ldr r2, [sp, #4]\n"
      "mov r12, r2\n"
      ADD_PLACES("2", "3")
      NEGATE("r8")
      NEGATE("r9")
      NEGATE("r10")
      NEGATE("r11")
      "ldr r2, [sp, #8]\n"
      "mov r12, r2\n"
      ADD_PLACES("4", "5")
      "mov r4, r8\n"
      "mov r5, r9\n"
      "mov r6, r10\n"
      "mov r7, r11\n"
      "mov r2, lr\n"
      "stm r2!, {r4-r7}\n"
      "mov lr, r2\n"
      "adds r1, #16\n"
      "ldr r2, [sp, #12]\n"
      "cmp r1, r2\n"
      "bne 1b\n"
      "add sp, #16\n"
      "pop {r7}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5)
      :
      : "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
void tq_swar_add_taps(uint32_t *lanes, const uint32_t *x, const tq_swar_filter *filter, int32_t tiles) {
  const uint16_t *const places = (const uint16_t *)(const void *)(filter + 1);

  for (const uint32_t *const end = lanes + TQ_SWAR_WORDS * tiles; lanes < end; lanes++, x++) {
    uint32_t sum = 0;
    for (int32_t i = 0; i < filter->minus; i++) sum -= x[places[i] / 4];
    for (int32_t i = filter->minus; i < filter->all; i++) sum += x[places[i] / 4];
    *lanes = sum;
  }
}
#endif
