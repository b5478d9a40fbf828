/* The inner loop of tq_dsp_conv_2d.h for cores with DSP. All fourteen registers: r3..r6 sums of the first
 * position, r7..r10 of the second, r11 and r12 a word of either position, r0 and lr two of weights. Loads of two
 * words, which gcc 12 does not make here, and no counter: 11 instructions for 8 SMLADs. */
#ifndef TQ_DSP_MULTIPLY_H
#define TQ_DSP_MULTIPLY_H

#include "tq_dsp.h"

#define TQ_DSP_PAIR             \
  "ldrd r11, r12, [r1], #8\n"   \
  "ldrd r0, lr, [r2], #8\n"     \
  "smlad r3, r11, r0, r3\n"     \
  "smlad r7, r12, r0, r7\n"     \
  "smlad r4, r11, lr, r4\n"     \
  "smlad r8, r12, lr, r8\n"     \
  "ldrd r0, lr, [r2], #8\n"     \
  "smlad r5, r11, r0, r5\n"     \
  "smlad r9, r12, r0, r9\n"     \
  "smlad r6, r11, lr, r6\n"     \
  "smlad r10, r12, lr, r10\n"
#define TQ_DSP_QUAD TQ_DSP_PAIR TQ_DSP_PAIR

/* r0: sums, r1: x, r2: weights, r3: where these end but for a rest of less than four quads, r4: where they end,
 * r5: any number. Pushes all but r1 and r2, and r7; `begin` sets r3..r10. In the end r0 is as before, and lr what
 * r5 was. */
#define TQ_DSP_LOOP(begin)                        \
  "push {r0, r3, r4, r5, r7}\n"                   \
  begin                                           \
  "ldr r0, [sp, #4]\n"                            \
  "cmp r2, r0\n"                                  \
  "beq 2f\n"                                      \
  "1:\n"                                          \
  TQ_DSP_QUAD TQ_DSP_QUAD TQ_DSP_QUAD TQ_DSP_QUAD \
  "ldr r0, [sp, #4]\n"                            \
  "cmp r2, r0\n"                                  \
  "bne 1b\n"                                      \
  "2:\n"                                          \
  "ldr r0, [sp, #8]\n"                            \
  "cmp r2, r0\n"                                  \
  "beq 4f\n"                                      \
  "3:\n"                                          \
  TQ_DSP_QUAD                                     \
  "ldr r0, [sp, #8]\n"                            \
  "cmp r2, r0\n"                                  \
  "bne 3b\n"                                      \
  "4:\n"                                          \
  "ldr r0, [sp]\n"                                \
  "ldr lr, [sp, #12]\n"

/* r7 is the compiler's where it does not optimize, and cannot be named as overwritten. */
#define TQ_DSP_END     \
  "add sp, sp, #16\n"  \
  "pop {r7}\n"

#define TQ_DSP_ZERO \
  "movs r3, #0\n"   \
  "movs r4, #0\n"   \
  "movs r5, #0\n"   \
  "movs r6, #0\n"   \
  "movs r7, #0\n"   \
  "mov r8, r7\n"    \
  "mov r9, r7\n"    \
  "mov r10, r7\n"

#endif
