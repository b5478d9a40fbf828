#include "tq_transpose_conv.h"

#include "tq_outputs.h"
#include "tq_window.h"
#include "tq_window_sum.h"

/* One axis of an output position: the rest that it leaves, the taps that see the input, and the first input. */
typedef struct {
  int32_t rest, taps, first;
  tq_range inside;
} tq_place;

static tq_place place_of(int32_t position, int32_t stride, int32_t taps, int32_t size) {
  tq_place place;
  place.rest = position % stride;
  place.taps = tq_taps_of_rest(taps, stride, place.rest);
  place.first = position / stride - (place.taps - 1);
  place.inside = tq_taps_inside(place.first, 1, place.taps, size);
  return place;
}

/* Output channels [channel, channel + count) at all positions. */
static void block(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                  const int8_t *const *filters, const tq_scaling *scaling, int8_t *output, int32_t channel,
                  int32_t count) {
  const tq_dims in = dims->input, filter = dims->filter;
  tq_window window = {input, 0, 0, 1, 0, 0, 0, 0, params->input_zero_point};

  for (int32_t n = 0; n < dims->output.n; n++) {
    const int8_t *const image = input + n * in.h * in.w * in.c;
    for (int32_t oy = 0; oy < dims->output.h; oy++) {
      const tq_place y = place_of(oy + params->pad_top, params->stride_h, filter.h, in.h);
      const int32_t above = tq_taps_before_rest(filter.h, params->stride_h, y.rest) * filter.w;
      for (int32_t ox = 0; ox < dims->output.w; ox++) {
        const tq_place x = place_of(ox + params->pad_left, params->stride_w, filter.w, in.w);
        const int32_t before = tq_taps_before_rest(filter.w, params->stride_w, x.rest) * y.taps;
        const int32_t width = x.inside.end - x.inside.begin;
        const int32_t row = y.first + y.inside.begin, column = x.first + x.inside.begin;
        int32_t sums[TQ_BLOCK];
        window.x = image + (row * in.w + column) * in.c;
        window.tap = (above + before + y.inside.begin * x.taps + x.inside.begin) * in.c;
        window.rows = width > 0 ? y.inside.end - y.inside.begin : 0;
        window.run = width * in.c;
        window.x_row_gap = (in.w - width) * in.c;
        window.tap_row_gap = (x.taps - width) * in.c;
        tq_window_sum_int8(&window, filters, sums);
        tq_outputs(scaling, channel, count, sums, output + channel);
        output += dims->output.c;
      }
    }
  }
}

void tq_transpose_conv(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                       const tq_any_weights *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c, channels = dims->filter.n;
  int8_t *const parts = scratch, *const codes = parts + TQ_BLOCK * taps;
  const int8_t *const filters[TQ_BLOCK] = {parts, parts + taps, parts + 2 * taps, parts + 3 * taps};
  tq_scaling scaling = tq_conv_scaling(params, bias);

  if (weights->unpack_table) scaling.levels = NULL; /* they are numbers of tables */
  for (int32_t channel = 0; channel < channels; channel += TQ_BLOCK) {
    const int32_t left = channels - channel, count = left < TQ_BLOCK ? left : TQ_BLOCK;
    for (int32_t k = 0; k < TQ_BLOCK; k++) { /* what is missing to a block is computed and not used */
      const int32_t o = channel + (k < count ? k : 0);
      const int8_t *filter = codes;
      if (weights->unpack_table) {
        const int8_t *const table = tq_table_of(params->tables, params->levels, o, weights->bits);
        weights->unpack_table(weights->stored, o * taps, taps, table, codes);
      } else if (weights->unpack) {
        weights->unpack(weights->stored, o * taps, taps, codes);
      } else {
        filter = (const int8_t *)weights->stored + o * taps;
      }
      tq_transpose_conv_parts(params, &dims->filter, filter, parts + k * taps);
    }
    block(params, dims, input, filters, &scaling, output, channel, count);
  }
}
