#include "tq_mve.h"
#include "tq_mve_sliced.h"

/* Two vectors of marks. move: how lanes are loaded and stored; row: bytes between sums of channels. */
#define MARK(move, compared, added, row)                                                               \
  int32_t limit, bit = 1;                                                                              \
  __asm__ volatile("vmov.i8 q2, #0\n"                                                                  \
                   "vmov.i8 q3, #0\n"                                                                  \
                   "wls lr, %[count], 2f\n"                                                            \
                   "1: ldrsh %[limit], [%[limits]], #2\n"                                              \
                   "vldr" move " q0, [%[sums]]\n"                                                      \
                   "vldr" move " q1, [%[sums], #16]\n"                                                 \
                   "vpt." compared " gt, q0, %[limit]\n"                                               \
                   "vaddt." added " q2, q2, %[bit]\n"                                                  \
                   "vpt." compared " gt, q1, %[limit]\n"                                               \
                   "vaddt." added " q3, q3, %[bit]\n"                                                  \
                   "lsl %[bit], %[bit], #1\n"                                                          \
                   "adds %[sums], #" row "\n"                                                          \
                   "le lr, 1b\n"                                                                       \
                   "2: vstr" move " q2, [%[marks]]\n"                                                  \
                   "vstr" move " q3, [%[marks], #16]\n"                                                \
                   : [sums] "+l"(sums), [limits] "+r"(limits), [limit] "=&r"(limit), [bit] "+r"(bit)   \
                   : [count] "r"(count), [marks] "r"(marks)                                            \
                   : "q0", "q1", "q2", "q3", "lr", "cc", "memory")

/* Bit c of marks: whether the sum of channel c is more than limits[c]; of 32 lanes and 8 channels. */
static void mark_bytes(const int8_t *sums, const int16_t *limits, int32_t count, uint8_t *marks) {
#if TQ_MVE
  MARK("b.8", "s8", "i8", "64");
#else
  for (int32_t i = 0; i < 32; i++) {
    marks[i] = 0;
    for (int32_t c = 0; c < count; c++) marks[i] = (uint8_t)(marks[i] | (sums[c * TQ_MVE_BLOCK + i] > limits[c]) << c);
  }
#endif
}

/* The same of 16 lanes, in the order of D, and 16 channels. */
static void mark_sums(const int16_t *sums, const int16_t *limits, int32_t count, uint16_t *marks) {
#if TQ_MVE
  MARK("h.16", "s16", "i16", "128");
#else
  for (int32_t i = 0; i < 16; i++) {
    marks[i] = 0;
    for (int32_t c = 0; c < count; c++) marks[i] = (uint16_t)(marks[i] | (sums[c * TQ_MVE_BLOCK + i] > limits[c]) << c);
  }
#endif
}

/* Words of the block's lanes. */
static void words_of_bytes(const int8_t *sums, const int16_t *limits, int32_t count, uint32_t *words) {
  uint8_t marks[4][TQ_MVE_BLOCK];

  for (int32_t k = 0; k < 4; k++) {
    const int32_t rest = count - 8 * k, some = rest < 0 ? 0 : rest < 8 ? rest : 8;
    for (int32_t half = 0; half < TQ_MVE_BLOCK; half += 32) {
      mark_bytes(sums + 8 * k * TQ_MVE_BLOCK + half, limits + 8 * k, some, marks[k] + half);
    }
  }
#if TQ_MVE
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i += 16) {
    const uint8x16x4_t all = {{vldrbq_u8(marks[0] + i), vldrbq_u8(marks[1] + i), vldrbq_u8(marks[2] + i), vldrbq_u8(marks[3] + i)}};
    vst4q_u8((uint8_t *)(words + i), all);
  }
#else
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) {
    words[i] = marks[0][i] | (uint32_t)marks[1][i] << 8 | (uint32_t)marks[2][i] << 16 | (uint32_t)marks[3][i] << 24;
  }
#endif
}

static void words_of_sums(const int16_t *sums, const int16_t *limits, int32_t count, uint32_t *words) {
  const int32_t lower = count < 16 ? count : 16;

  for (int32_t i = 0; i < TQ_MVE_BLOCK; i += 16) {
    uint16_t low[16], high[16];
    mark_sums(sums + i, limits, lower, low);
    mark_sums(sums + i + 16 * TQ_MVE_BLOCK, limits + 16, count - lower, high);
    for (int32_t k = 0; k < 16; k++) words[i + k] = low[TQ_MVE_PLACE(k)] | (uint32_t)high[TQ_MVE_PLACE(k)] << 16;
  }
}

/* Bit c of words: whether channel o + c exceeds no more than `number` thresholds. */
static void below(const tq_mve_sliced *s, int32_t o, int32_t count, int32_t number, const int16_t *sums, uint32_t *words) {
  const int16_t *const limits = s->limits + number * s->layer->dims->output.c + o;

  if (s->bytes) {
    words_of_bytes((const int8_t *)sums, limits, count, words);
  } else {
    words_of_sums(sums, limits, count, words);
  }
}

void tq_mve_sliced_store_packed(const tq_mve_sliced *s, int32_t first, int32_t end) {
  const tq_bits_output *const how = s->layer->params;
  const int32_t words = tq_bits_words(s->layer->dims->output.c), planes = how->levels == 3 ? 2 : 1;

  for (int32_t o = first; o < end; o += TQ_WORD_BITS) {
    const int32_t count = end - o < TQ_WORD_BITS ? end - o : TQ_WORD_BITS, at = (o - first) * TQ_MVE_BLOCK;
    int32_t *output = (int32_t *)s->layer->output + s->layer->block.first * planes * words + o / TQ_WORD_BITS;
    const int16_t *const sums = s->bytes ? (const int16_t *)((const int8_t *)s->sums + at) : s->sums + at;
    const uint32_t all = UINT32_MAX >> (TQ_WORD_BITS - count), flips = s->flips[o / TQ_WORD_BITS];
    uint32_t low[TQ_MVE_BLOCK], high[TQ_MVE_BLOCK];
    below(s, o, count, 0, sums, low);
    if (planes == 1) {
      for (int32_t i = 0; i < s->layer->block.count; i++, output += words) *output = (int32_t)(low[i] ^ flips);
      continue;
    }
    below(s, o, count, 1, sums, high);
    for (int32_t i = 0; i < s->layer->block.count; i++, output += 2 * words) { /* not 0, minus */
      output[0] = (int32_t)((low[i] | ~high[i]) & all);
      output[words] = (int32_t)((low[i] & ~flips) | (~high[i] & flips));
    }
  }
}
