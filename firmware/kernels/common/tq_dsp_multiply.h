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
/* All of it is wide: TQ_DSP_PAIR_BYTES. */
#define TQ_DSP_FOUR TQ_DSP_PAIR TQ_DSP_PAIR TQ_DSP_PAIR TQ_DSP_PAIR

/* What the loop over the blocks begins with: r2 weights, r3 the ring, r5 sums and r6 where they end, r8 runs, r9 x. r7
 * is the compiler's where it does not optimize, and cannot be named as overwritten. On the stack: where a run's x end,
 * its code, the next run, then r3 to r9; r4 is room. */
#define TQ_DSP_REGISTERS                              \
  register const uint32_t *r1 __asm__("r1");          \
  register const uint32_t *r2 __asm__("r2") = w;      \
  register const uint32_t *r3 __asm__("r3") = ring;   \
  register uint32_t r4 __asm__("r4");                 \
  register int32_t *r5 __asm__("r5") = sums;          \
  register const int32_t *r6 __asm__("r6");           \
  register const tq_dsp_run *r8 __asm__("r8") = runs; \
  register const uint32_t *r9 __asm__("r9") = x
#define TQ_DSP_X "[sp, #16]" /* r4 */
#define TQ_DSP_SUMS "[sp, #20]"
#define TQ_DSP_BEGIN                      \
  "push {r3, r4, r5, r6, r7, r8, r9}\n"   \
  "push {r0, r1, r2}\n"                   \
  "1:\n"                                  \
  "ldrd lr, r1, [sp, #32]\n"
#define TQ_DSP_FINISH  \
  "add sp, sp, #28\n"  \
  "pop {r7}\n"         \
  "add sp, sp, #8\n"

/* All sums begin with what r3 is. */
#define TQ_DSP_ALL \
  "mov r4, r3\n"   \
  "mov r5, r3\n"   \
  "mov r6, r3\n"   \
  "mov r7, r3\n"   \
  "mov r8, r3\n"   \
  "mov r9, r3\n"   \
  "mov r10, r3\n"

/* Runs of a part, lr being the first one, eight pairs in a turn; r12: the code of the last one. */
#define TQ_DSP_PART                               \
  "4:\n"                                          \
  "ldrd r0, r12, [lr], #8\n"                      \
  "add r0, r0, r1\n"                              \
  "strd r0, r12, [sp]\n"                          \
  "str lr, [sp, #8]\n"                            \
  "lsr r11, r12, #4\n"                            \
  ".p2align 2\n" /* pc is two instructions on */  \
  "add pc, r11\n" /* into the first turn */       \
  "nop\n"                                         \
  "2:\n"                                          \
  TQ_DSP_FOUR TQ_DSP_FOUR                         \
  "ldr r0, [sp]\n"                                \
  "cmp r1, r0\n"                                  \
  "bne 2b\n"                                      \
  "ldr r12, [sp, #4]\n"                           \
  "lsls r0, r12, #30\n" /* TQ_DSP_RING, TQ_DSP_GO_ON */ \
  "beq 5f\n"                                      \
  "ldr lr, [sp, #8]\n"                            \
  "lsls r0, r12, #31\n" /* to N, to C */          \
  "it mi\n"                                       \
  "ldrmi r1, [sp, #12]\n"                         \
  "bcs 4b\n"                                      \
  "5:\n"

#endif
