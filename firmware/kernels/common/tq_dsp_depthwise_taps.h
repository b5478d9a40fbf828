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
/* All of it is wide: TQ_DSP_TWO_TAPS_BYTES. */
#define TQ_DSP_TWO_TAPS "ldrd r8, r9, [r1], #8\n" TQ_DSP_TAP("r8") TQ_DSP_TAP("r9")
#define TQ_DSP_TWO_TAPS_BYTES 68

/* Sums of a quad in r4..r7, and where they go in r0. r0: sums, r1: pixels, r2: shift, r3: the first quad, r4: from
 * there to its words, r5: to the next quad, r6: where sums end, r8: what of the first turn is left out, r9: where
 * pixels end. r7 is the compiler's where it does not optimize, and cannot be named as overwritten. */
#define TQ_DSP_EACH_QUAD                                   \
  "adr.w r12, 2f\n"                                        \
  "add.w r8, r8, r12\n"                                    \
  "orr r8, r8, #1\n" /* Thumb */                           \
  "push {r0, r1, r2, r3, r4, r5, r6, r7, r8}\n"            \
  "mov lr, r9\n"                                           \
  "1:\n"                                                   \
  "ldrd r1, r2, [sp, #4]\n"                                \
  "ldrd r3, r0, [sp, #12]\n"                               \
  "ldr r4, [r3]\n" /* its channel */                       \
  "add r3, r3, r0\n"                                       \
  "add r2, r2, r4\n"                                       \
  "movs r4, #0\n"                                          \
  "movs r5, #0\n"                                          \
  "movs r6, #0\n"                                          \
  "movs r7, #0\n"                                          \
  "ldr pc, [sp, #32]\n" /* into the first turn */          \
  ".p2align 2\n"                                           \
  "2:\n"                                                   \
  TQ_DSP_TWO_TAPS TQ_DSP_TWO_TAPS                          \
  "cmp r1, lr\n"                                           \
  "bne 2b\n"                                               \
  "ldr r0, [sp]\n"

/* r0: behind the quad's sums. */
#define TQ_DSP_NEXT_QUAD  \
  "ldr r1, [sp, #12]\n"   \
  "ldrd r2, r3, [sp, #20]\n" \
  "str r0, [sp]\n"        \
  "add r1, r1, r2\n"      \
  "str r1, [sp, #12]\n"   \
  "cmp r0, r3\n"          \
  "bne 1b\n"              \
  "add sp, sp, #28\n"     \
  "pop {r7}\n"            \
  "add sp, sp, #4\n"

#endif
