/* Two output positions of all filters of a pass: in a header, as a call of so many arguments takes a tenth of the
 * time of a short filter. */
#ifndef TQ_DSP_TILE_H
#define TQ_DSP_TILE_H

#include "tq_dsp_conv_2d.h"

/* apart: of the words of blocks, in bytes. */
static inline void tq_dsp_sum_pairs(int coded, int32_t *sums, const uint32_t *x, const uint32_t *w, int32_t pairs,
                                    int first, int32_t blocks, int32_t apart) {
  if (coded) {
    tq_dsp_sum_codes(sums, x, w, pairs, first, blocks, apart);
  } else {
    tq_dsp_sum_int8(sums, x, w, pairs, first, blocks, apart);
  }
}

/* The sums of blocks, part by part. */
static inline void tq_dsp_sums(const tq_dsp_pass *pass, const uint32_t *w, int32_t blocks, const uint32_t *x,
                               int32_t head, const uint32_t *ring, int32_t *sums) {
  const int32_t *end = pass->ends;
  const int32_t all = pass->taps->pairs; /* by value, as sums are written by assembly */
  const int coded = tq_dsp_coded(pass->taps);

  if (*end == all && head >= all) { /* most often */
    tq_dsp_sum_pairs(coded, sums, x, w, all, 1, blocks, 16 * all);
    return;
  }
  for (int32_t done = 0; done < all;) {
    const int32_t last = done < head && head < *end ? head : *end++, pairs = last - done;
    tq_dsp_sum_pairs(coded, sums, x, w, pairs, done == 0, blocks, 16 * all);
    w += 4 * pairs;
    x = last == head ? ring : x + 2 * pairs;
    done = last;
  }
}

/* The x of the first `head` pairs are at x, the others from `ring` on. */
static inline void tq_dsp_tiles(const tq_dsp_pass *pass, const uint32_t *x, int32_t head, const uint32_t *ring,
                                int8_t *output0, int8_t *output1) {
  const tq_dsp_taps *taps = pass->taps;
  const int32_t filters = tq_dsp_block_filters(taps);
  const tq_dsp_scale *scales = pass->scales;
  const uint32_t *words = pass->words;

  for (int32_t left = pass->count; left > 0; left -= TQ_DSP_TOGETHER * filters) {
    const int32_t count = left < TQ_DSP_TOGETHER * filters ? left : TQ_DSP_TOGETHER * filters;
    int32_t sums[2 * 8 * TQ_DSP_TOGETHER];
    tq_dsp_sums(pass, words, (count + filters - 1) / filters, x, head, ring, sums);
    tq_dsp_finish_two(&pass->clamp, scales, pass->quick, count, sums, output0, output1);
    scales += count;
    words += TQ_DSP_TOGETHER * 4 * taps->pairs;
    output0 += count;
    output1 += count;
  }
}

#endif
