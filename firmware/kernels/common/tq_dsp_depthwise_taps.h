/* The inner loop of tq_dsp_depthwise.h for cores with DSP. */
#ifndef TQ_DSP_DEPTHWISE_TAPS_H
#define TQ_DSP_DEPTHWISE_TAPS_H

#include "tq_dsp.h"

/* A pixel's address in `pixel`, the channels' place in r2, weights at r3, sums in r4..r7. */
#define TQ_DSP_TAP(pixel)             \
  "ldr " pixel ", [" pixel ", r2]\n"  \
  "ldrd r0, r12, [r3], #8\n"          \
  "sxtb16 r10, " pixel "\n"           \
  "sxtb16 r11, " pixel ", ror #8\n"   \
  "smlabb r4, r10, r0, r4\n"          \
  "smlatt r6, r10, r0, r6\n"          \
  "smlabb r5, r11, r12, r5\n"         \
  "smlatt r7, r11, r12, r7\n"
#define TQ_DSP_TWO_TAPS "ldrd r8, r9, [r1], #8\n" TQ_DSP_TAP("r8") TQ_DSP_TAP("r9")

/* r0: sums, r1: pixels, r4: taps. In the end r0 is as before, and r7 has to be popped: it is the compiler's where
 * it does not optimize, and cannot be named as overwritten. */
#define TQ_DSP_TAPS             \
  "push {r0, r7}\n"             \
  "add lr, r1, r4, lsl #2\n"    \
  "tst r4, #2\n"                \
  "mov r4, #0\n"                \
  "mov r5, #0\n"                \
  "mov r6, #0\n"                \
  "mov r7, #0\n"                \
  "beq 1f\n"                    \
  TQ_DSP_TWO_TAPS               \
  "cmp r1, lr\n"                \
  "beq 2f\n"                    \
  "1:\n"                        \
  TQ_DSP_TWO_TAPS               \
  TQ_DSP_TWO_TAPS               \
  "cmp r1, lr\n"                \
  "bne 1b\n"                    \
  "2:\n"                        \
  "pop {r0}\n"

#endif
