/* FullyConnected with int8 activations and codes of two outputs in a word, for cores with DSP.
 *
 * A word of weights, rotated to the right, has two 16-bit lanes a + 2^14 * b in a mask: SMLAD makes four products
 * of them and two inputs, and its sum is A + 2^14 * B. The words are written by tinyq/core/arrange_dsp.py.
 * Ternary: eight inputs in a word; a is code + 1, b the code in two's complement. Binary: sixteen; a bit is -1.
 *
 * Inputs are int16 lanes in blocks, of four inputs first and third, second and fourth. A word before every block
 * is what its sums begin with: 2^13 for A and for B. In the end A has to be in 0..2^14 - 1. Ternary: 56 inputs,
 * whose sum is subtracted first, so that A - 2^13 is the sum of x * code, at most +-128 * 56. Binary: 64, and
 * -128 * 64 <= A - 2^13 <= 127 * 64. B has the same bounds, so the whole is below 2^28. */
#ifndef TQ_DSP_DUAL_H
#define TQ_DSP_DUAL_H

#include "tinyq/tq_types.h"
#include "tq_dsp.h"

/* words [first_end), of the first block, which may be shorter than the others; up to `end` whole ones. */
typedef struct {
  const uint32_t *words, *first_end, *end;
} tq_dsp_dual_x;

/* sums[2 * k], sums[2 * k + 1] = A and B of pair k of outputs, added up over all blocks; the words of the pairs
 * alternate. pairs: 4 or 1. */
typedef void tq_dsp_dual_sums(const tq_dsp_dual_x *x, const uint32_t *weights, int32_t pairs, int32_t *sums);
tq_dsp_dual_sums tq_dsp_dual_ternary, tq_dsp_dual_binary;

typedef struct {
  tq_dsp_dual_sums *sums;
  int32_t inputs, block; /* of a word; words of a whole block */
  /* Sum of x * code = per_field * (A less what it began with, or B likewise) + per_input * sum of x. */
  int32_t per_field, per_input;
} tq_dsp_dual_scheme;

/* bias [c_out], with the part of the input's zero point. */
void tq_dsp_dual_dense(const tq_dsp_dual_scheme *scheme, const tq_fully_connected_params *params,
                       const tq_fully_connected_dims *dims, const int8_t *input, const uint32_t *weights,
                       const int32_t *bias, int8_t *output, uint32_t *scratch);

/* Inputs -> blocks at `words`; returns the sum of all inputs. */
int32_t tq_dsp_dual_widen(const tq_dsp_dual_scheme *scheme, const int8_t *input, int32_t c_in, uint32_t *words,
                          tq_dsp_dual_x *x);

#if TQ_DSP_CORE
/* Registers: r1 x, r2 weights, r12 mask, r7..r10 sums of four pairs, r0, r3, r4, r5 a word of weights of each,
 * r6 and r11 words of x, lr lanes. rotate, next: behind a register, for the first and the second word of x. */
#define TQ_DUAL_WORDS "ldmia r2!, {r0, r3, r4, r5}\n"
#define TQ_DUAL_LANES(word, sum, rotate, next) \
  "and lr, r12, " word rotate "\n"             \
  "smlad " sum ", lr, r6, " sum "\n"           \
  "and lr, r12, " word next "\n"               \
  "smlad " sum ", lr, r11, " sum "\n"
#define TQ_DUAL_QUAD(rotate, next)        \
  "ldrd r6, r11, [r1], #8\n"              \
  TQ_DUAL_LANES("r0", "r7", rotate, next) \
  TQ_DUAL_LANES("r3", "r8", rotate, next) \
  TQ_DUAL_LANES("r4", "r9", rotate, next) \
  TQ_DUAL_LANES("r5", "r10", rotate, next)

#define TQ_DUAL_BEGIN  \
  "ldr r7, [r1], #4\n" \
  "mov r8, r7\n"       \
  "mov r9, r7\n"       \
  "mov r10, r7\n"

/* Part the sums of a block, and add them to those at `place`. */
#define TQ_DUAL_PART(sum, place)   \
  "ldrd r3, r4, [sp, " place "]\n" \
  "ubfx r0, " sum ", #0, #14\n"    \
  "add r3, r3, r0\n"               \
  "add r4, r4, " sum ", asr #14\n" \
  "strd r3, r4, [sp, " place "]\n"

/* r0: sums, r1: x, r2: weights, r3: end of the first block, r4: end of x. Pushes these and r7, which is the
 * compiler's where it does not optimize, and cannot be named as overwritten. */
#define TQ_DUAL_LOOP(word, block) \
  "push {r0, r3, r4, r7}\n"       \
  "movs r5, #0\n"                 \
  "movs r6, #0\n"                 \
  "sub sp, sp, #32\n"             \
  "strd r5, r6, [sp]\n"           \
  "strd r5, r6, [sp, #8]\n"       \
  "strd r5, r6, [sp, #16]\n"      \
  "strd r5, r6, [sp, #24]\n"      \
  TQ_DUAL_BEGIN                   \
  "1:\n"                          \
  word                            \
  "ldr lr, [sp, #36]\n"           \
  "cmp r1, lr\n"                  \
  "bne 1b\n"                      \
  "b 3f\n"                        \
  "2:\n"                          \
  TQ_DUAL_BEGIN                   \
  block                           \
  "3:\n"                          \
  TQ_DUAL_PART("r7", "#0")        \
  TQ_DUAL_PART("r8", "#8")        \
  TQ_DUAL_PART("r9", "#16")       \
  TQ_DUAL_PART("r10", "#24")      \
  "ldr lr, [sp, #40]\n"           \
  "cmp r1, lr\n"                  \
  "bne 2b\n"                      \
  "ldr r0, [sp, #32]\n"           \
  "pop {r3-r6, r8-r11}\n"         \
  "stmia r0, {r3-r6, r8-r11}\n"   \
  "add sp, sp, #12\n"             \
  "pop {r7}\n"
#endif

/* Adds the products of a word of weights. */
typedef int32_t tq_dsp_dual_products(const uint32_t *x, uint32_t word, int32_t sum);

/* Lanes of a word of weights, rotated, with two words of inputs. */
static inline int32_t tq_dual_quad(const uint32_t *x, uint32_t even, uint32_t odd, uint32_t mask, int32_t sum) {
  return tq_smlad(x[1], odd & mask, tq_smlad(x[0], even & mask, sum));
}

static inline uint32_t tq_rotated(uint32_t word, int32_t bits) { return word >> bits | word << (32 - bits); }

/* sums[0], sums[1] of one pair, whose words are `apart` from one another; of words of x, one of weights takes
 * `step`, a whole block has `block`. */
static inline void tq_dsp_dual_pair(const tq_dsp_dual_x *x, const uint32_t *weights, int32_t apart,
                                    int32_t step, int32_t block, tq_dsp_dual_products *products,
                                    int32_t sums[2]) {
  const uint32_t *words = x->words, *end = x->first_end;

  sums[0] = sums[1] = 0;
  for (;;) {
    int32_t sum = (int32_t)*words++;
    for (; words != end; words += step, weights += apart) sum = products(words, *weights, sum);
    sums[0] += sum & 0x3fff;
    sums[1] += sum >> 14;
    if (words == x->end) return;
    end = words + 1 + block;
  }
}

#endif
