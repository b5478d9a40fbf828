/* Two output positions of a block of filters: in a header, as a call of so many arguments takes a tenth of the
 * time of a short filter. */
#ifndef TQ_DSP_TILE_H
#define TQ_DSP_TILE_H

#include "tq_dsp_quick.h"

static inline void tq_dsp_sum_quads(const tq_dsp_taps *taps, int32_t *sums, const uint32_t *x, const uint32_t *w,
                                    int32_t quads, int first) {
  if (tq_dsp_coded(taps)) {
    tq_dsp_sum_codes(sums, x, w, quads, first);
  } else {
    tq_dsp_sum_int8(sums, x, w, quads, first);
  }
}

/* The sums of both positions; `sums` as tq_dsp_sum_codes and tq_dsp_sum_int8 have them. */
static inline void tq_dsp_sum_of(const tq_dsp_taps *taps, const tq_dsp_block *block, const uint32_t *x,
                                 int32_t head, const uint32_t *ring, int32_t *sums) {
  const int32_t *end = tq_dsp_ends(block);
  const uint32_t *w = tq_dsp_words(block, taps);
  const int32_t all = taps->quads;

  if (*end == all) { /* int8, or few codes */
    tq_dsp_sum_quads(taps, sums, x, w, head, 1);
    if (head < all) tq_dsp_sum_quads(taps, sums, ring, w + 8 * head, all - head, 0);
    return;
  }
  for (int32_t done = 0; done < all;) {
    const int32_t last = done < head && head < *end ? head : *end++, quads = last - done;
    tq_dsp_sum_quads(taps, sums, x, w, quads, done == 0);
    w += 8 * quads;
    x = last == head ? ring : x + 4 * quads;
    done = last;
  }
}

/* Both positions of a block. The x of the first `head` quads are at x, the others from `ring` on. */
static inline void tq_dsp_tile(const tq_dsp_clamp *clamp, const tq_dsp_taps *taps, const tq_dsp_block *block,
                               const uint32_t *x, int32_t head, const uint32_t *ring, int8_t *output0,
                               int8_t *output1) {
  const int32_t second = tq_dsp_coded(taps) ? 8 : 4;
  const tq_dsp_scale *scale = block->scale;
  int32_t sums[16];

  tq_dsp_sum_of(taps, block, x, head, ring, sums);
  if (block->quick && block->count % 4 == 0) { /* 8 or 4 */
    scale = tq_dsp_quick_eight(clamp, scale, sums, sums + second, output0, output1);
    if (block->count == 4) return;
    tq_dsp_quick_eight(clamp, scale, sums + 4, sums + second + 4, output0 + 4, output1 + 4);
  } else {
    tq_dsp_finish(clamp, scale, block->quick, block->count, sums, output0);
    tq_dsp_finish(clamp, scale, block->quick, block->count, sums + second, output1);
  }
}

/* All blocks at two positions. */
static inline void tq_dsp_tiles(const tq_dsp_pass *pass, const uint32_t *x, int32_t head,
                                const uint32_t *ring, int8_t *output0, int8_t *output1) {
  for (int32_t i = 0; i < pass->count; i++) {
    const tq_dsp_block *block = (const tq_dsp_block *)(uintptr_t)(pass->blocks + i * pass->taps->block_bytes);
    const int32_t channel = block->channel;
    tq_dsp_tile(&pass->clamp, pass->taps, block, x, head, ring, output0 + channel, output1 + channel);
  }
}

#endif
