#include "tq_dsp_depthwise.h"
#include "tq_dsp_quick.h"

static const tq_dsp_quad *next_quad(const tq_dsp_depthwise_pass *pass, const tq_dsp_quad *quad) {
  return (const tq_dsp_quad *)(const void *)((const uint8_t *)quad + pass->quad_bytes);
}

/* A channel's one filter at two positions, of which only `two` has an output for both. `shift`: from where the
 * pixels are that `point` found. */
static void two_positions(const tq_dsp_depthwise_pass *pass, int32_t shift, int two, int8_t *output) {
  const tq_dsp_clamp clamp = pass->clamp;
  const int32_t taps = pass->plan->taps, row = pass->dims->output.c;
  const tq_dsp_quad *quad = (const tq_dsp_quad *)(const void *)pass->quads;

  for (int32_t i = pass->count; i > 0; i--, quad = next_quad(pass, quad)) {
    const int32_t channel = quad->channel;
    const tq_dsp_scale *const scales = tq_dsp_quad_scales(quad);
    int8_t *const first = output + channel, *const second = first + row;
    int32_t s[8];
    tq_dsp_depthwise_sum_two(s, pass->pixels, shift + channel, (const uint32_t *)(scales + 4), taps);
    if (quad->quick && quad->count == 4 && two) {
      tq_dsp_quick_eight(&clamp, scales, s, s + 4, first, second);
    } else if (quad->quick && quad->count == 4) {
      tq_dsp_quick_four(&clamp, scales, s[0], s[1], s[2], s[3], first);
    } else {
      tq_dsp_finish(&clamp, scales, quad->quick, quad->count, s, first);
      if (two) tq_dsp_finish(&clamp, scales, quad->quick, quad->count, s + 4, second);
    }
  }
}

/* A channel's two filters. */
static void two_filters(const tq_dsp_depthwise_pass *pass, int32_t shift, int8_t *output) {
  const tq_dsp_clamp clamp = pass->clamp;
  const int32_t taps = pass->plan->taps;
  const tq_dsp_quad *quad = (const tq_dsp_quad *)(const void *)pass->quads;

  for (int32_t i = pass->count; i > 0; i--, quad = next_quad(pass, quad)) {
    const int32_t channel = quad->channel;
    const tq_dsp_scale *scales = tq_dsp_quad_scales(quad);
    int8_t *const first = output + 2 * channel;
    int32_t s[8];
    tq_dsp_depthwise_sum_two(s, pass->pixels, shift + channel, (const uint32_t *)(scales + 8), taps);
    if (quad->quick && quad->count == 4) {
      scales = tq_dsp_quick_four(&clamp, scales, s[0], s[4], s[1], s[5], first);
      tq_dsp_quick_four(&clamp, scales, s[2], s[6], s[3], s[7], first + 4);
    } else {
      const int32_t in_order[8] = {s[0], s[4], s[1], s[5], s[2], s[6], s[3], s[7]};
      tq_dsp_finish(&clamp, scales, quad->quick, 2 * quad->count, in_order, first);
    }
  }
}

/* A channel's one filter at one position. */
static void one_filter(const tq_dsp_depthwise_pass *pass, int32_t shift, int8_t *output) {
  const tq_dsp_clamp clamp = pass->clamp;
  const int32_t taps = pass->plan->taps;
  const tq_dsp_quad *quad = (const tq_dsp_quad *)(const void *)pass->quads;

  for (int32_t i = pass->count; i > 0; i--, quad = next_quad(pass, quad)) {
    const int32_t channel = quad->channel;
    const tq_dsp_scale *const scales = tq_dsp_quad_scales(quad);
    int32_t s[4];
    tq_dsp_depthwise_sum(s, pass->pixels, shift + channel, (const uint32_t *)(scales + 4), taps);
    if (quad->quick && quad->count == 4) {
      tq_dsp_quick_four(&clamp, scales, s[0], s[1], s[2], s[3], output + channel);
    } else {
      tq_dsp_finish(&clamp, scales, quad->quick, quad->count, s, output + channel);
    }
  }
}

/* Any number of filters a channel. */
static void filters(const tq_dsp_depthwise_pass *pass, int32_t shift, int8_t *output) {
  const int32_t taps = pass->plan->taps, multiplier = pass->plan->multiplier;
  const int32_t step = pass->plan->how == TQ_DSP_TWO_FILTERS ? 2 : 1;
  const tq_dsp_quad *quad = (const tq_dsp_quad *)(const void *)pass->quads;

  for (int32_t i = pass->count; i > 0; i--, quad = next_quad(pass, quad)) {
    const int32_t place = shift + quad->channel;
    const tq_dsp_scale *const scales = tq_dsp_quad_scales(quad);
    const uint32_t *words = (const uint32_t *)(scales + 4 * multiplier);
    for (int32_t filter = 0; filter < multiplier; filter += step, words += 2 * taps) {
      int32_t *sum = pass->sums + filter, s[8];
      if (step == 2) {
        tq_dsp_depthwise_sum_two(s, pass->pixels, place, words, taps);
      } else {
        tq_dsp_depthwise_sum(s, pass->pixels, place, words, taps);
      }
      for (int32_t c = 0; c < 4; c++, sum += multiplier) {
        sum[0] = s[c];
        if (step == 2 && filter + 1 < multiplier) sum[1] = s[4 + c];
      }
    }
    tq_dsp_finish(&pass->clamp, scales, quad->quick, quad->count * multiplier, pass->sums,
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
