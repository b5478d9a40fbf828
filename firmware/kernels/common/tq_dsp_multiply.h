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
/* All of it is wide. */
#define TQ_DSP_PAIR_BYTES 44
#define TQ_DSP_FOUR TQ_DSP_PAIR TQ_DSP_PAIR TQ_DSP_PAIR TQ_DSP_PAIR

/* What the loop over the blocks keeps. r0: sums, r1: x, r2: weights of the first block, r3: where x ends, r4: where
 * sums do, r5: any number, r6: what of the first turn is left out, r8: from where a block's weights end to the next
 * ones. r7 is the compiler's where it does not optimize, and cannot be named as overwritten. */
#define TQ_DSP_BEGIN                        \
  "push {r0, r1, r3, r4, r5, r6, r7, r8}\n" \
  "1:\n"                                    \
  "ldr r1, [sp, #4]\n"

/* Pairs of one block, eight in a turn. */
#define TQ_DSP_PAIRS                              \
  "ldr r0, [sp, #20]\n"                           \
  ".p2align 2\n" /* pc is two instructions on */  \
  "add pc, r0\n" /* into the first turn */        \
  "nop\n"                                         \
  "2:\n"                                          \
  TQ_DSP_FOUR TQ_DSP_FOUR                         \
  "ldr r0, [sp, #8]\n"                            \
  "cmp r1, r0\n"                                  \
  "bne 2b\n"                                      \
  "ldr lr, [sp]\n"                                \
  "ldr r0, [sp, #16]\n" /* what r5 was */

/* lr: behind the block's sums. */
#define TQ_DSP_NEXT      \
  "ldr r1, [sp, #12]\n"  \
  "cmp lr, r1\n"         \
  "beq 9f\n"             \
  "ldr r0, [sp, #28]\n"  \
  "str lr, [sp]\n"       \
  "add r2, r2, r0\n"     \
  "b 1b\n"               \
  "9:\n"                 \
  "add sp, sp, #24\n"    \
  "pop {r7}\n"           \
  "add sp, sp, #4\n"

/* All sums begin with what r3 is. */
#define TQ_DSP_ALL \
  "mov r4, r3\n"   \
  "mov r5, r3\n"   \
  "mov r6, r3\n"   \
  "mov r7, r3\n"   \
  "mov r8, r3\n"   \
  "mov r9, r3\n"   \
  "mov r10, r3\n"

#endif
