#include "tq_dsp_depthwise.h"
#include "tq_dsp_quick.h"

enum { TOGETHER = 16 }; /* quads whose sums are kept */

/* Quads from number `first` on; their words of filter slot `slot`. */
static tq_dsp_quads quads_from(const tq_dsp_depthwise_pass *pass, int32_t first, int32_t slot) {
  const int32_t scales = 4 * pass->plan->multiplier * (int32_t)sizeof(tq_dsp_scale), left = pass->count - first;
  const tq_dsp_quads quads = {pass->quads + first * pass->quad_bytes,
                              (int32_t)sizeof(tq_dsp_quad) + scales + 8 * slot * pass->plan->taps, pass->quad_bytes,
                              left < TOGETHER ? left : TOGETHER};
  return quads;
}

static const tq_dsp_quad *quad_of(const tq_dsp_quads *quads, int32_t i) {
  return (const tq_dsp_quad *)(const void *)(quads->first + i * quads->apart);
}

static void quick_two_positions(tq_dsp_clamp clamp, const tq_dsp_quads *quads, const int32_t *s, int8_t *output,
                                int32_t row) {
  const uint8_t *at = quads->first;

  for (const int32_t *const end = s + 8 * quads->count; s < end; s += 8, at += quads->apart) {
    const tq_dsp_quad *const quad = (const tq_dsp_quad *)(const void *)at;
    int8_t *const first = output + quad->channel;
    tq_dsp_quick_eight(&clamp, tq_dsp_quad_scales(quad), s, 0, first, first + row);
  }
}

/* A channel's one filter at two positions, of which only `two` has an output for both. `shift`: from where the
 * pixels are that `point` found. */
static void two_positions(const tq_dsp_depthwise_pass *pass, int32_t shift, int two, int8_t *output) {
  const int32_t row = pass->dims->output.c;

  for (int32_t done = 0; done < pass->count; done += TOGETHER) {
    const tq_dsp_quads quads = quads_from(pass, done, 0);
    int32_t sums[8 * TOGETHER], *s = sums;
    tq_dsp_depthwise_sum_two(sums, &quads, pass->pixels, shift, pass->plan->taps);
    if (pass->quick && two) {
      quick_two_positions(pass->clamp, &quads, sums, output, row);
      continue;
    }
    for (int32_t i = 0; i < quads.count; i++, s += 8) {
      const tq_dsp_quad *const quad = quad_of(&quads, i);
      const tq_dsp_scale *const scales = tq_dsp_quad_scales(quad);
      int8_t *const first = output + quad->channel;
      tq_dsp_finish(&pass->clamp, scales, quad->quick, quad->count, s, first);
      if (two) tq_dsp_finish(&pass->clamp, scales, quad->quick, quad->count, s + 4, first + row);
    }
  }
}

/* A channel's two filters. */
static void two_filters(const tq_dsp_depthwise_pass *pass, int32_t shift, int8_t *output) {
  const tq_dsp_clamp clamp = pass->clamp;

  for (int32_t done = 0; done < pass->count; done += TOGETHER) {
    const tq_dsp_quads quads = quads_from(pass, done, 0);
    int32_t sums[8 * TOGETHER], *s = sums;
    tq_dsp_depthwise_sum_two(sums, &quads, pass->pixels, shift, pass->plan->taps);
    for (int32_t i = 0; i < quads.count; i++, s += 8) {
      const tq_dsp_quad *const quad = quad_of(&quads, i);
      const tq_dsp_scale *scales = tq_dsp_quad_scales(quad);
      int8_t *const first = output + 2 * quad->channel;
      if (quad->quick && quad->count == 4) {
        scales = tq_dsp_quick_four(&clamp, scales, s[0], s[4], s[1], s[5], first);
        tq_dsp_quick_four(&clamp, scales, s[2], s[6], s[3], s[7], first + 4);
      } else {
        const int32_t in_order[8] = {s[0], s[4], s[1], s[5], s[2], s[6], s[3], s[7]};
        tq_dsp_finish(&clamp, scales, quad->quick, 2 * quad->count, in_order, first);
      }
    }
  }
}

/* A channel's one filter at one position. */
static void one_filter(const tq_dsp_depthwise_pass *pass, int32_t shift, int8_t *output) {
  const tq_dsp_clamp clamp = pass->clamp;

  for (int32_t done = 0; done < pass->count; done += TOGETHER) {
    const tq_dsp_quads quads = quads_from(pass, done, 0);
    int32_t sums[4 * TOGETHER], *s = sums;
    tq_dsp_depthwise_sum(sums, &quads, pass->pixels, shift, pass->plan->taps);
    for (int32_t i = 0; i < quads.count; i++, s += 4) {
      const tq_dsp_quad *const quad = quad_of(&quads, i);
      const tq_dsp_scale *const scales = tq_dsp_quad_scales(quad);
      if (quad->quick && quad->count == 4) {
        tq_dsp_quick_four(&clamp, scales, s[0], s[1], s[2], s[3], output + quad->channel);
      } else {
        tq_dsp_finish(&clamp, scales, quad->quick, quad->count, s, output + quad->channel);
      }
    }
  }
}

/* Any number of filters a channel. */
static void filters(const tq_dsp_depthwise_pass *pass, int32_t shift, int8_t *output) {
  const int32_t multiplier = pass->plan->multiplier, step = pass->plan->how == TQ_DSP_TWO_FILTERS ? 2 : 1;

  for (int32_t i = 0; i < pass->count; i++) {
    const tq_dsp_quad *quad = NULL;
    for (int32_t filter = 0; filter < multiplier; filter += step) {
      tq_dsp_quads quads = quads_from(pass, i, filter / step);
      int32_t *sum = pass->sums + filter, s[8];
      quads.count = 1;
      quad = quad_of(&quads, 0);
      (step == 2 ? tq_dsp_depthwise_sum_two : tq_dsp_depthwise_sum)(s, &quads, pass->pixels, shift, pass->plan->taps);
      for (int32_t c = 0; c < 4; c++, sum += multiplier) {
        sum[0] = s[c];
        if (step == 2 && filter + 1 < multiplier) sum[1] = s[4 + c];
      }
    }
    tq_dsp_finish(&pass->clamp, tq_dsp_quad_scales(quad), quad->quick, quad->count * multiplier, pass->sums,
                  output + quad->channel * multiplier);
  }
}

void tq_dsp_depthwise_step(const tq_dsp_depthwise_pass *pass, int32_t shift, int two, int8_t *output) {
  if (TQ_USED_TWO_POSITIONS && pass->plan->how == TQ_DSP_TWO_POSITIONS) {
    two_positions(pass, shift, two, output);
  } else if (TQ_USED_TWO_FILTERS && pass->plan->how == TQ_DSP_TWO_FILTERS && pass->plan->multiplier == 2) {
    two_filters(pass, shift, output);
  } else if (TQ_USED_ONE_FILTER && pass->plan->how == TQ_DSP_SINGLE && pass->plan->multiplier == 1) {
    one_filter(pass, shift, output);
  } else if (TQ_USED_MANY_FILTERS) {
    filters(pass, shift, output);
  }
}
