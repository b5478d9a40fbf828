/* Two output positions of all filters of a pass: in a header, as a call of so many arguments takes a tenth of the
 * time of a short filter. */
#ifndef TQ_DSP_TILE_H
#define TQ_DSP_TILE_H

#include "tq_dsp_conv_2d.h"

/* The runs with the ring's end behind `head` pairs. */
static inline const tq_dsp_run *tq_dsp_cut(const tq_dsp_pass *pass, int32_t head) {
  const tq_dsp_run *const end = pass->runs + pass->parts;
  tq_dsp_run *to = pass->cut;

  for (const tq_dsp_run *run = pass->runs; run < end; run++) {
    const int32_t pairs = run->bytes / 8;
    *to = *run;
    if (head > 0 && head < pairs) {
      *to++ = tq_dsp_run_of(head, TQ_DSP_RING | TQ_DSP_GO_ON);
      *to = tq_dsp_run_of(pairs - head, run->code & TQ_DSP_AFTER);
    } else if (head == pairs) {
      to->code |= TQ_DSP_RING;
    }
    to++;
    head -= pairs;
  }
  return pass->cut;
}

/* The x of the first `head` pairs are at x, the others from `ring` on. */
static inline void tq_dsp_tiles(const tq_dsp_pass *pass, const uint32_t *x, int32_t head, const uint32_t *ring,
                                int8_t *output0, int8_t *output1) {
  const tq_dsp_taps *taps = pass->taps;
  const int32_t filters = tq_dsp_block_filters(taps);
  const tq_dsp_run *const runs = head < taps->pairs ? tq_dsp_cut(pass, head) : pass->runs;
  const tq_dsp_scale *scales = pass->scales;
  const uint32_t *words = pass->words;

  for (int32_t left = pass->count; left > 0; left -= TQ_DSP_TOGETHER * filters) {
    const int32_t count = left < TQ_DSP_TOGETHER * filters ? left : TQ_DSP_TOGETHER * filters;
    const int32_t blocks = (count + filters - 1) / filters;
    int32_t sums[2 * 8 * TQ_DSP_TOGETHER];
    if (tq_dsp_coded(taps)) {
      tq_dsp_sum_codes(sums, x, ring, words, runs, blocks);
    } else {
      tq_dsp_sum_int8(sums, x, ring, words, runs, blocks);
    }
    tq_dsp_finish_two(&pass->clamp, scales, pass->quick, count, sums, output0, output1);
    scales += count;
    words += TQ_DSP_TOGETHER * 4 * taps->pairs;
    output0 += count;
    output1 += count;
  }
}

#endif
