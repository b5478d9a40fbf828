#include "tq_mve.h"
#include "tq_mve_sliced.h"
#include "tq_never_between.h"

/* Marks of channels are signs of sum - limit, which saturates. */
#if TQ_MVE
#define LOAD(to, place) "vldrw.32 " to ", [%[sums], #" place "]\n"
#define MARK(fresh, marks)                \
  "vqsub.s8 " fresh ", " fresh ", %[limit]\n" \
  "vsri.8 " fresh ", " marks ", #1\n"
/* A channel's 64 lanes; those marks are q0 to q3 or q4 to q7, and go on in the others. */
#define EVEN(a, b, c, d)                                                                                \
  "ldrsh %[limit], [%[limits]], #2\n" LOAD("q4", a) LOAD("q5", b) LOAD("q6", c) LOAD("q7", d)           \
  MARK("q4", "q0") MARK("q5", "q1") MARK("q6", "q2") MARK("q7", "q3")
#define ODD(a, b, c, d)                                                                                 \
  "ldrsh %[limit], [%[limits]], #2\n" LOAD("q0", a) LOAD("q1", b) LOAD("q2", c) LOAD("q3", d)           \
  MARK("q0", "q4") MARK("q1", "q5") MARK("q2", "q6") MARK("q3", "q7")
#endif

/* Bit c of marks: whether the sum of channel c is less than limits[c]; of 8 channels, of which the last ones may be
 * anything. */
static void mark_bytes(const int8_t *sums, const int16_t *limits, uint8_t *marks) {
#if TQ_MVE
  int32_t limit;
  __asm__ volatile(EVEN("-256", "-240", "-224", "-208") ODD("-192", "-176", "-160", "-144")
                   EVEN("-128", "-112", "-96", "-80") ODD("-64", "-48", "-32", "-16")
                   EVEN("0", "16", "32", "48") ODD("64", "80", "96", "112")
                   EVEN("128", "144", "160", "176") ODD("192", "208", "224", "240")
                   "vstrb.8 q0, [%[marks]]\n"
                   "vstrb.8 q1, [%[marks], #16]\n"
                   "vstrb.8 q2, [%[marks], #32]\n"
                   "vstrb.8 q3, [%[marks], #48]\n"
                   : [limits] "+r"(limits), [limit] "=&r"(limit)
                   : [sums] "r"(sums + 4 * TQ_MVE_BLOCK), [marks] "r"(marks)
                   : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "memory");
#else
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) {
    marks[i] = 0;
    for (int32_t c = 0; c < 8; c++) marks[i] = (uint8_t)(marks[i] | (sums[c * TQ_MVE_BLOCK + i] < limits[c]) << c);
  }
#endif
}

/* The same of 16 lanes, in the order of D, and 16 channels. */
static void mark_sums(const int16_t *sums, const int16_t *limits, int32_t count, uint16_t *marks) {
#if TQ_MVE
  int32_t limit, bit = 1;
  __asm__ volatile("vmov.i8 q2, #0\n"
                   "vmov.i8 q3, #0\n"
                   "wls lr, %[count], 2f\n"
                   "1: ldrsh %[limit], [%[limits]], #2\n"
                   "vldrh.16 q0, [%[sums]]\n"
                   "vldrh.16 q1, [%[sums], #16]\n"
                   "vpt.s16 lt, q0, %[limit]\n"
                   "vaddt.i16 q2, q2, %[bit]\n"
                   "vpt.s16 lt, q1, %[limit]\n"
                   "vaddt.i16 q3, q3, %[bit]\n"
                   "lsl %[bit], %[bit], #1\n"
                   "adds %[sums], #128\n"
                   "le lr, 1b\n"
                   "2: vstrh.16 q2, [%[marks]]\n"
                   "vstrh.16 q3, [%[marks], #16]\n"
                   : [sums] "+l"(sums), [limits] "+r"(limits), [limit] "=&r"(limit), [bit] "+r"(bit)
                   : [count] "r"(count), [marks] "r"(marks)
                   : "q0", "q1", "q2", "q3", "lr", "cc", "memory");
#else
  for (int32_t i = 0; i < 16; i++) {
    marks[i] = 0;
    for (int32_t c = 0; c < count; c++) marks[i] = (uint16_t)(marks[i] | (sums[c * TQ_MVE_BLOCK + i] < limits[c]) << c);
  }
#endif
}

/* Words of the block's lanes; bits beyond `count` may be anything. */
static void words_of_bytes(const int8_t *sums, const int16_t *limits, int32_t count, uint32_t *words) {
  uint8_t marks[4][TQ_MVE_BLOCK];

  for (int32_t k = 0; k < 4; k++) {
    if (8 * k < count) {
      mark_bytes(sums + 8 * k * TQ_MVE_BLOCK, limits + 8 * k, marks[k]);
    } else {
      tq_mve_fill((int8_t *)marks[k], 0, TQ_MVE_BLOCK);
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

/* Bit c of words: whether channel o + c exceeds threshold `number`. */
static void above(const tq_mve_sliced *s, int32_t o, int32_t count, int32_t number, const int16_t *sums, uint32_t *words) {
  const int16_t *const limits = s->limits + number * s->layer->dims->output.c + o;

  if (s->bytes) {
    words_of_bytes((const int8_t *)sums, limits, count, words);
  } else {
    words_of_sums(sums, limits, count, words);
  }
}

/* Words of `count` positions -> outputs, `step` words apart. */
static void put_run(const uint32_t *words, int32_t count, int32_t step, int32_t *output) {
  int32_t i = 0;
#if TQ_MVE
  const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);

  for (; i + 4 <= count; i += 4, output += 4 * step) {
    vstrwq_scatter_shifted_offset_u32((uint32_t *)output, places, vldrwq_u32(words + i));
  }
#endif
  for (; i < count; i++, output += step) *output = (int32_t)words[i];
}

/* The block's words. */
static void put_words(const tq_mve_sliced *s, const uint32_t *words, int32_t step, int32_t *output) {
  const int32_t width = s->layer->dims->output.w, lanes = s->layer->block.count;

  if (s->row == width) { /* all of them */
    put_run(words, lanes, step, output);
    return;
  }
  for (int32_t lane = 0, x = s->column; lane < lanes; lane += s->row - x, x = 0) {
    const int32_t rest = lanes - lane, run = width - x < rest ? width - x : rest;
    if (run <= 0) continue;
    put_run(words + lane, run, step, output);
    output += run * step;
  }
}

/* bits[i] = (bits[i] ^ flip) & all. */
static void set_signs(uint32_t *bits, uint32_t flip, uint32_t all) {
#if TQ_MVE
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i += 4) {
    vstrwq_u32(bits + i, vandq_u32(veorq_u32(vldrwq_u32(bits + i), vdupq_n_u32(flip)), vdupq_n_u32(all)));
  }
#else
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) bits[i] = (bits[i] ^ flip) & all;
#endif
}

/* Which sums exceed the first threshold, the second -> which codes are not 0, are minus. */
static void set_ternary(uint32_t *first, uint32_t *second, uint32_t flip, uint32_t all) {
#if TQ_MVE
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i += 4) {
    const uint32x4_t below = vbicq_u32(vdupq_n_u32(all), vldrwq_u32(first + i));
    const uint32x4_t above = vandq_u32(vldrwq_u32(second + i), vdupq_n_u32(all));
    vstrwq_u32(first + i, vorrq_u32(below, above));
    vstrwq_u32(second + i, veorq_u32(below, vandq_u32(veorq_u32(below, above), vdupq_n_u32(flip))));
  }
#else
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) {
    const uint32_t below = ~first[i] & all, above = second[i] & all;
    first[i] = below | above;
    second[i] = (below & ~flip) | (above & flip);
  }
#endif
}

/* The same of three thresholds -> both planes of the codes' numbers, into the first and the second. */
static void set_planes(uint32_t *first, uint32_t *second, const uint32_t *third, uint32_t flip, uint32_t all) {
#if TQ_MVE
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i += 4) {
    const uint32x4_t x = vldrwq_u32(first + i), y = vldrwq_u32(second + i), turn = vdupq_n_u32(~flip);
    const uint32x4_t low = veorq_u32(veorq_u32(x, y), veorq_u32(vldrwq_u32(third + i), turn));
    vstrwq_u32(first + i, vandq_u32(low, vdupq_n_u32(all)));
    vstrwq_u32(second + i, vandq_u32(veorq_u32(y, turn), vdupq_n_u32(all)));
  }
#else
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) {
    first[i] = (first[i] ^ second[i] ^ third[i] ^ ~flip) & all;
    second[i] = (second[i] ^ ~flip) & all;
  }
#endif
}

/* The block's words, all alike. */
static void fill_words(uint32_t word, uint32_t *words) {
#if TQ_MVE
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i += 4) vstrwq_u32(words + i, vdupq_n_u32(word));
#else
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) words[i] = word;
#endif
}

void tq_mve_sliced_store_packed(const tq_mve_sliced *s, int32_t first, int32_t end) {
  const tq_bits_output *const how = s->layer->params;
  const int32_t words = tq_bits_words(s->layer->dims->output.c), planes = how->levels > 2 ? 2 : 1;
  const int32_t step = planes * words;

  for (int32_t o = first; o < end; o += TQ_WORD_BITS) {
    const int32_t count = end - o < TQ_WORD_BITS ? end - o : TQ_WORD_BITS, at = (o - first) * TQ_MVE_BLOCK;
    int32_t *const output = (int32_t *)s->layer->output + s->layer->block.first * step + o / TQ_WORD_BITS;
    const int16_t *const sums = s->bytes ? (const int16_t *)((const int8_t *)s->sums + at) : s->sums + at;
    const uint32_t all = UINT32_MAX >> (TQ_WORD_BITS - count), flips = s->flips[o / TQ_WORD_BITS];
    uint32_t low[TQ_MVE_BLOCK], high[TQ_MVE_BLOCK];
    above(s, o, count, 0, sums, low);
    if (planes == 1) {
      set_signs(low, ~flips, all);
    } else if (how->levels == 4) {
      uint32_t third[TQ_MVE_BLOCK];
      above(s, o, count, 1, sums, high);
      above(s, o, count, 2, sums, third);
      set_planes(low, high, third, flips, all);
      put_words(s, high, step, output + words);
    } else if (tq_never_between(how->thresholds + 2 * o, count)) {
      set_signs(low, ~flips, all);
      put_words(s, low, step, output + words);
      fill_words(all, low);
    } else {
      above(s, o, count, 1, sums, high);
      set_ternary(low, high, flips, all);
      put_words(s, high, step, output + words);
    }
    put_words(s, low, step, output);
  }
}
