#include "tq_dsp_fir.h"

static inline uint32_t word_of(int32_t x0, int32_t x1, int coded) {
  return (uint32_t)x0 + ((uint32_t)x1 << (coded ? 15 : 21));
}

/* Place x of a row, or what is outside. */
static int32_t sample(const int8_t *row, int32_t size, int32_t step, int32_t zero, int32_t x) {
  return x >= 0 && x < size ? row[x * step] : zero;
}

/* Words, of codes pairs of them, of which all is inside; x0: what is in front of `from`. Returns the last sample. */
static inline int32_t inside(const int8_t *from, int32_t step, int32_t pairs, int32_t x0, uint32_t *even,
                             uint32_t *odd, int coded) {
  if (pairs % 2 != 0) {
    const int32_t x1 = from[0], x2 = from[step];
    from += 2 * step;
    *even++ = word_of(x0, x1, coded);
    if (coded) *odd++ = word_of(x1, x2, coded);
    x0 = x2;
  }
  for (const uint32_t *const end = even + pairs / 2 * 2; even < end;) {
    const int32_t x1 = from[0], x2 = from[step];
    from += 2 * step;
    const int32_t x3 = from[0], x4 = from[step];
    from += 2 * step;
    even = tq_store_pair(even, word_of(x0, x1, coded), word_of(x2, x3, coded));
    if (coded) odd = tq_store_pair(odd, word_of(x1, x2, coded), word_of(x3, x4, coded));
    x0 = x4;
  }
  return x0;
}

static inline void put(const int8_t *row, int32_t size, int32_t step, int32_t zero, int32_t begin, int32_t pairs,
                       uint32_t *even, uint32_t *odd, int coded) {
  int32_t x0 = sample(row, size, step, zero, begin), run = 1;

  for (; pairs > 0; begin += 2 * run, pairs -= run) {
    run = 1;
    if (begin >= 0 && begin + 2 < size) {
      run = (size - 1 - begin) / 2 < pairs ? (size - 1 - begin) / 2 : pairs;
      x0 = inside(row + (begin + 1) * step, step, run, x0, even, odd, coded);
    } else if (begin < -2 || begin >= size) {
      run = begin >= size || (-begin - 1) / 2 > pairs ? pairs : (-begin - 1) / 2;
      for (int32_t i = 0; i < run; i++) {
        even[i] = word_of(zero, zero, coded);
        if (coded) odd[i] = even[i];
      }
    } else {
      const int32_t x1 = sample(row, size, step, zero, begin + 1), x2 = sample(row, size, step, zero, begin + 2);
      *even = word_of(x0, x1, coded);
      if (coded) *odd = word_of(x1, x2, coded);
      x0 = x2;
    }
    even += run;
    if (coded) odd += run;
  }
}

void tq_dsp_fir_neighbours(const tq_dsp_fir_plan *plan, const int8_t *row, int32_t size, int32_t step, int32_t zero,
                           int32_t begin, int32_t pairs, uint32_t *words) {
  if (TQ_TAKES(TQ_USED_CODES, TQ_USED_INT8, plan->coded)) {
    put(row, size, step, zero, begin, pairs, words, words + plan->pairs, 1);
  } else {
    put(row, size, step, zero, begin, pairs, words, NULL, 0);
  }
}
