/* Two output positions of all blocks of filters: in a header, as a call of so many arguments takes a tenth of the
 * time of a short filter. */
#ifndef TQ_DSP_TILE_H
#define TQ_DSP_TILE_H

#include "tq_dsp_quick.h"

enum { TQ_DSP_TOGETHER = 8 }; /* blocks whose sums are kept */

static inline void tq_dsp_sum_pairs(const tq_dsp_taps *taps, int32_t *sums, const uint32_t *x, const uint32_t *w,
                                    int32_t pairs, int first, int32_t blocks) {
  if (tq_dsp_coded(taps)) {
    tq_dsp_sum_codes(sums, x, w, pairs, first, blocks, taps->block_bytes);
  } else {
    tq_dsp_sum_int8(sums, x, w, pairs, first, blocks, taps->block_bytes);
  }
}

/* The sums of blocks, part by part. */
static inline void tq_dsp_sums(const tq_dsp_pass *pass, const tq_dsp_block *block, int32_t blocks, const uint32_t *x,
                               int32_t head, const uint32_t *ring, int32_t *sums) {
  const tq_dsp_taps *taps = pass->taps;
  const int32_t *end = tq_dsp_ends((const tq_dsp_block *)(const void *)pass->blocks);
  const uint32_t *w = tq_dsp_words(block, taps);

  for (int32_t done = 0; done < taps->pairs;) {
    const int32_t last = done < head && head < *end ? head : *end++, pairs = last - done;
    tq_dsp_sum_pairs(taps, sums, x, w, pairs, done == 0, blocks);
    w += 4 * pairs;
    x = last == head ? ring : x + 2 * pairs;
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

/* All blocks at two positions. The x of the first `head` pairs are at x, the others from `ring` on. */
static inline void tq_dsp_tiles(const tq_dsp_pass *pass, const uint32_t *x, int32_t head, const uint32_t *ring,
                                int8_t *output0, int8_t *output1) {
  const tq_dsp_taps *taps = pass->taps;
  const int32_t second = tq_dsp_block_filters(taps), bytes = taps->block_bytes;
  const uint8_t *at = pass->blocks;

  for (int32_t left = pass->count; left > 0; left -= TQ_DSP_TOGETHER) {
    const int32_t blocks = left < TQ_DSP_TOGETHER ? left : TQ_DSP_TOGETHER;
    const uint8_t *const end = at + blocks * bytes;
    int32_t sums[16 * TQ_DSP_TOGETHER], *sum = sums;
    tq_dsp_sums(pass, (const tq_dsp_block *)(const void *)at, blocks, x, head, ring, sums);
    for (; at < end; at += bytes, sum += 2 * second) {
      const tq_dsp_block *const block = (const tq_dsp_block *)(const void *)at;
      tq_dsp_outputs(&pass->clamp, block, sum, second, output0 + block->channel, output1 + block->channel);
    }
  }
}

#endif
