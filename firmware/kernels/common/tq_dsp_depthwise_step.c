#include "tq_dsp_depthwise.h"

enum { TOGETHER = 16 }; /* quads whose sums are kept */

/* Quads from number `first` on; their words of filter slot `slot`. */
static tq_dsp_quads quads_from(const tq_dsp_depthwise_pass *pass, int32_t first, int32_t slot) {
  const int32_t left = pass->count - first, words = (int32_t)sizeof(tq_dsp_quad) + 8 * slot * pass->plan->taps;
  const tq_dsp_quads quads = {pass->quads + first * pass->apart, words, pass->apart,
                              left < TOGETHER ? left : TOGETHER};
  return quads;
}

/* How many channels have their outputs side by side: all of `quads`, or a quad's. */
static int32_t side_by_side(const tq_dsp_depthwise_pass *pass, const tq_dsp_quads *quads) {
  const int32_t c = pass->dims->input.c;

  return c % 4 == 0 ? 4 * quads->count : c < 4 ? c : 4;
}

static const tq_dsp_quad *quad_of(const tq_dsp_quads *quads, int32_t i) {
  return (const tq_dsp_quad *)(const void *)(quads->first + i * quads->apart);
}

/* A channel's one filter at two positions, of which only `two` has an output for both. `shift`: from where the
 * pixels are that `point` found. */
static void two_positions(const tq_dsp_depthwise_pass *pass, int32_t shift, int two, int8_t *output) {
  const int32_t row = two ? pass->dims->output.c : 0;

  for (int32_t done = 0; done < pass->count; done += TOGETHER) {
    const tq_dsp_quads quads = quads_from(pass, done, 0);
    const int32_t count = side_by_side(pass, &quads);
    int32_t sums[8 * TOGETHER];
    tq_dsp_depthwise_sum_two(sums, &quads, pass->pixels, shift, pass->plan->taps);
    for (int32_t i = 0; i < quads.count; i += (count + 3) / 4) {
      int8_t *const first = output + quad_of(&quads, i)->channel;
      const tq_dsp_scale *const scales = pass->scales + 4 * (done + i);
      tq_dsp_finish_two(&pass->clamp, scales, pass->quick, count, sums + 8 * i, first, first + row);
    }
  }
}

/* A channel's filters, one or two, at one position. */
static void filters_of(const tq_dsp_depthwise_pass *pass, int32_t shift, int32_t filters, int8_t *output) {
  for (int32_t done = 0; done < pass->count; done += TOGETHER) {
    const tq_dsp_quads quads = quads_from(pass, done, 0);
    const int32_t count = side_by_side(pass, &quads);
    int32_t sums[8 * TOGETHER];
    (filters == 2 ? tq_dsp_depthwise_sum_two : tq_dsp_depthwise_sum)(sums, &quads, pass->pixels, shift, pass->plan->taps);
    for (int32_t i = 0; i < quads.count; i += (count + 3) / 4) {
      int8_t *const first = output + filters * quad_of(&quads, i)->channel;
      const tq_dsp_scale *const scales = pass->scales + 4 * filters * (done + i);
      tq_dsp_finish(&pass->clamp, scales, pass->quick, filters * count, sums + 4 * filters * i, first);
    }
  }
}

/* Any number of filters a channel. */
static void filters(const tq_dsp_depthwise_pass *pass, int32_t shift, int8_t *output) {
  const int32_t multiplier = pass->plan->multiplier, step = pass->plan->how == TQ_DSP_TWO_FILTERS ? 2 : 1;
  const int32_t channels = pass->dims->input.c < 4 ? pass->dims->input.c : 4;

  for (int32_t i = 0; i < pass->count; i++) {
    const tq_dsp_quad *quad = NULL;
    for (int32_t filter = 0; filter < multiplier; filter += step) {
      tq_dsp_quads quads = quads_from(pass, i, filter / step);
      int32_t *sum = pass->sums + filter, s[8];
      quads.count = 1;
      quad = quad_of(&quads, 0);
      (step == 2 ? tq_dsp_depthwise_sum_two : tq_dsp_depthwise_sum)(s, &quads, pass->pixels, shift, pass->plan->taps);
      for (int32_t c = 0; c < 4; c++, sum += multiplier) {
        sum[0] = s[step * c];
        if (step == 2 && filter + 1 < multiplier) sum[1] = s[2 * c + 1];
      }
    }
    tq_dsp_finish(&pass->clamp, pass->scales + 4 * multiplier * i, pass->quick, channels * multiplier, pass->sums,
                  output + quad->channel * multiplier);
  }
}

void tq_dsp_depthwise_step(const tq_dsp_depthwise_pass *pass, int32_t shift, int two, int8_t *output) {
  if (TQ_USED_TWO_POSITIONS && pass->plan->how == TQ_DSP_TWO_POSITIONS) {
    two_positions(pass, shift, two, output);
  } else if (TQ_USED_TWO_FILTERS && pass->plan->how == TQ_DSP_TWO_FILTERS && pass->plan->multiplier == 2) {
    filters_of(pass, shift, 2, output);
  } else if (TQ_USED_ONE_FILTER && pass->plan->how == TQ_DSP_SINGLE && pass->plan->multiplier == 1) {
    filters_of(pass, shift, 1, output);
  } else if (TQ_USED_MANY_FILTERS) {
    filters(pass, shift, output);
  }
}
