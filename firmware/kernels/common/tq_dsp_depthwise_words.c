#include "tq_dsp_depthwise.h"

/* Four channels' weights (row, column), `step` apart, from output channel o on; outside of the filter, and of
 * channels, 0. */
static void weights_at(const tq_conv_dims *dims, const int8_t *codes, int32_t row, int32_t column, int32_t o,
                       int32_t step, int32_t *weights) {
  const int32_t all = dims->filter.c;
  const int inside = row < dims->filter.h && column >= 0 && column < dims->filter.w;
  const int8_t *const from = codes + (inside ? (row * dims->filter.w + column) * all : 0);

  for (int32_t c = 0; c < 4; c++, o += step) weights[c] = inside && o < all ? from[o] : 0;
}

/* The second outputs' weights, which go above the first ones'; 0 if there is no second output. */
static void second_weights(const tq_conv_params *params, const tq_conv_dims *dims,
                           const tq_dsp_depthwise_plan *plan, const int8_t *codes, int32_t row, int32_t column,
                           int32_t channel, int32_t slot, int32_t *weights) {
  const int32_t multiplier = plan->multiplier;

  if (plan->how == TQ_DSP_TWO_POSITIONS) {
    const int32_t before = column - params->stride_w / params->dilation_w;
    weights_at(dims, codes, row, before, channel, 1, weights);
  } else if (plan->how == TQ_DSP_TWO_FILTERS && 2 * slot + 1 < multiplier) {
    weights_at(dims, codes, row, column, channel * multiplier + 2 * slot + 1, multiplier, weights);
  } else {
    for (int32_t c = 0; c < 4; c++) weights[c] = 0;
  }
}

/* Four channels' one filter, of codes or int8 weights, at one position or two: words at a time. */
static void put_four(const tq_conv_dims *dims, const tq_dsp_depthwise_plan *plan, const int8_t *codes, int32_t step,
                     uint32_t *words) {
  const uint32_t top = 0xc000c000u; /* the low two bits of a code, moved up */
  const int32_t columns = dims->filter.w, all = dims->filter.c;
  int32_t row = 0, column = 0;

  for (int32_t tap = 0; tap < plan->taps; tap++, words += 2) {
    const int8_t *const at = codes + (row * columns + column) * all;
    const int inside = row < dims->filter.h, before = column - step;
    const uint32_t a = inside && column < columns ? tq_load_word(at) : 0;
    const uint32_t b = inside && step > 0 && before >= 0 && before < columns ? tq_load_word(at - step * all) : 0;
    words[0] = tq_add_lanes(tq_even_bytes(a), b << 14 & top);
    words[1] = tq_add_lanes(tq_odd_bytes(a), b << 6 & top);
    if (++column == plan->row_taps) {
      column = 0;
      row++;
    }
  }
}

void tq_dsp_depthwise_words(const tq_conv_params *params, const tq_conv_dims *dims,
                            const tq_dsp_depthwise_plan *plan, const int8_t *codes, int32_t channel,
                            uint32_t *words) {
  const int32_t multiplier = plan->multiplier, filters = plan->how == TQ_DSP_TWO_FILTERS ? 2 : 1;

  if (multiplier == 1 && channel + 4 <= dims->filter.c) {
    const int32_t step = plan->how == TQ_DSP_TWO_POSITIONS ? params->stride_w / params->dilation_w : 0;
    put_four(dims, plan, codes + channel, step, words);
    return;
  }
  for (int32_t slot = 0; slot < plan->slots; slot++) {
    int32_t row = 0, column = 0;
    for (int32_t tap = 0; tap < plan->taps; tap++, words += 2) {
      int32_t a[4], b[4];
      weights_at(dims, codes, row, column, channel * multiplier + filters * slot, multiplier, a);
      second_weights(params, dims, plan, codes, row, column, channel, slot, b);
      words[0] = tq_lanes(a[0] + 16384 * b[0], a[2] + 16384 * b[2]);
      words[1] = tq_lanes(a[1] + 16384 * b[1], a[3] + 16384 * b[3]);
      if (++column == plan->row_taps) {
        column = 0;
        row++;
      }
    }
  }
}
