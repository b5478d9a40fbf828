/* Two output positions of all blocks of filters: in a header, as a call of so many arguments takes a tenth of the
 * time of a short filter. */
#ifndef TQ_DSP_TILE_H
#define TQ_DSP_TILE_H

#include "tq_dsp_quick.h"

enum { TQ_DSP_TOGETHER = 8 }; /* blocks whose sums are kept */

static inline void tq_dsp_sum_quads(const tq_dsp_taps *taps, int32_t *sums, const uint32_t *x, const uint32_t *w,
                                    int32_t quads, int first, int32_t blocks) {
  if (tq_dsp_coded(taps)) {
    tq_dsp_sum_codes(sums, x, w, quads, first, blocks, taps->block_bytes);
  } else {
    tq_dsp_sum_int8(sums, x, w, quads, first, blocks, taps->block_bytes);
  }
}

/* The sums of blocks, of which none is parted in the middle. */
static inline void tq_dsp_sum_whole(const tq_dsp_taps *taps, const tq_dsp_block *block, const uint32_t *x,
                                    int32_t head, const uint32_t *ring, int32_t *sums, int32_t blocks) {
  const uint32_t *w = tq_dsp_words(block, taps);
  const int32_t tail = taps->quads - head;

  tq_dsp_sum_quads(taps, sums, x, w, head, 1, blocks);
  if (tail > 0) tq_dsp_sum_quads(taps, sums, ring, w + 8 * head, tail, 0, blocks);
}

/* The sums of a block, part by part. */
static inline void tq_dsp_sum_parts(const tq_dsp_taps *taps, const tq_dsp_block *block, const uint32_t *x,
                                    int32_t head, const uint32_t *ring, int32_t *sums) {
  const int32_t *end = tq_dsp_ends(block);
  const uint32_t *w = tq_dsp_words(block, taps);

  for (int32_t done = 0; done < taps->quads;) {
    const int32_t last = done < head && head < *end ? head : *end++, quads = last - done;
    tq_dsp_sum_quads(taps, sums, x, w, quads, done == 0, 1);
    w += 8 * quads;
    x = last == head ? ring : x + 4 * quads;
    done = last;
  }
}

/* Sums of both positions -> outputs. */
static inline void tq_dsp_outputs(const tq_dsp_clamp *clamp, const tq_dsp_block *block, const int32_t *sums,
                                  int32_t second, int8_t *output0, int8_t *output1) {
  const tq_dsp_scale *scale = block->scale;

  if (block->quick && block->count % 4 == 0) { /* 8 or 4 */
    for (int32_t i = 0; i < block->count; i += 4) {
      scale = tq_dsp_quick_eight(clamp, scale, sums + i, second == 8, output0 + i, output1 + i);
    }
  } else {
    tq_dsp_finish(clamp, scale, block->quick, block->count, sums, output0);
    tq_dsp_finish(clamp, scale, block->quick, block->count, sums + second, output1);
  }
}

/* All blocks at two positions. The x of the first `head` quads are at x, the others from `ring` on. */
static inline void tq_dsp_tiles(const tq_dsp_pass *pass, const uint32_t *x, int32_t head, const uint32_t *ring,
                                int8_t *output0, int8_t *output1) {
  const tq_dsp_taps *taps = pass->taps;
  const int32_t second = tq_dsp_block_filters(taps), bytes = taps->block_bytes;
  const uint8_t *at = pass->blocks;

  for (int32_t left = pass->count; left > 0; left -= TQ_DSP_TOGETHER) {
    const uint8_t *const end = at + (left < TQ_DSP_TOGETHER ? left : TQ_DSP_TOGETHER) * bytes;
    int32_t sums[16 * TQ_DSP_TOGETHER], *sum = sums;
    if (pass->whole) {
      const int32_t blocks = left < TQ_DSP_TOGETHER ? left : TQ_DSP_TOGETHER;
      tq_dsp_sum_whole(taps, (const tq_dsp_block *)(const void *)at, x, head, ring, sums, blocks);
    }
    for (; at < end; at += bytes, sum += 2 * second) {
      const tq_dsp_block *const block = (const tq_dsp_block *)(const void *)at;
      if (!pass->whole) tq_dsp_sum_parts(taps, block, x, head, ring, sum);
      tq_dsp_outputs(&pass->clamp, block, sum, second, output0 + block->channel, output1 + block->channel);
    }
  }
}

#endif
