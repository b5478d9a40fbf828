#include "tq_mve_depthwise.h"

#include "tinyq/tq_used.h"
#include "tq_mve.h"
#include "tq_mve_rows.h"
#include "tq_mve_windows.h"

enum { BLOCKS = TQ_MVE_APART / TQ_MVE_LANES }; /* that go over the input together */

/* Where taps are in the input, and in a copied window. */
typedef struct {
  int32_t *inside, *copied;
  int8_t *line;
} tap_places;

static tap_places lay_places(const tq_conv_params *params, const tq_conv_dims *dims, int32_t *room) {
  const tq_dims in = dims->input, filter = dims->filter;
  const int32_t taps = filter.h * filter.w;
  const tap_places places = {room, room + taps, NULL};

  for (int32_t fy = 0, tap = 0; fy < filter.h; fy++) {
    for (int32_t fx = 0; fx < filter.w; fx++, tap++) {
      /* Where it leaves the input, no window is inside. */
      const int64_t place = ((int64_t)fy * params->dilation_h * in.w + (int64_t)fx * params->dilation_w) * in.c;
      places.inside[tap] = place < INT32_MAX ? (int32_t)place : 0;
      places.copied[tap] = tap * in.c;
    }
  }
  return places;
}

/* Weights [taps][apart], filled up with 0, or where they are. */
static const int8_t *lay_weights(const tq_conv_dims *dims, const int8_t *weights, int32_t apart, int8_t *room) {
  const int32_t taps = dims->filter.h * dims->filter.w, c = dims->output.c;

  if (apart == c) return weights;
  for (int32_t tap = 0; tap < taps; tap++, weights += c) {
    tq_mve_fill(tq_mve_copy(room + tap * apart, weights, c), 0, apart - c);
  }
  return room;
}

static tq_mve_lanes lanes_at(const tq_conv_dims *dims, const int8_t *weights, int32_t apart, int32_t channel, int codes) {
  const int32_t taps = dims->filter.h * dims->filter.w, each = dims->output.c / dims->input.c;
  tq_mve_lanes lanes = {.taps = taps, .apart = apart, .w = weights + channel, .first = channel / each};

  lanes.codes = codes && taps <= TQ_MVE_SHORT_SUM;
  lanes.spread = each != 1 || channel + TQ_MVE_LANES > dims->output.c;
  for (int32_t i = 0; i < TQ_MVE_LANES; i++) {
    const int32_t o = channel + i < dims->output.c ? channel + i : dims->output.c - 1;
    lanes.channels[i] = (uint8_t)(o / each - lanes.first);
  }
  return lanes;
}

/* Sums of each channel's weights: of windows of ones. */
static void set_scales(const tq_mve_layer *layer, const tq_mve_scales *scales, const tq_mve_lanes *lanes,
                       int32_t channel, int32_t count, int32_t i) {
  tq_mve_lanes all = *lanes;
  int8_t one[TQ_MVE_LANES];
  int32_t sums[TQ_MVE_LANES];

  memset(one, 1, sizeof one);
  memset(sums, 0, sizeof sums);
  all.taps = 1;
  all.first = all.spread = 0;
  for (int32_t tap = 0; tap < lanes->taps; tap++, all.w += all.apart) {
    const int32_t here = 0;
    int32_t of_tap[TQ_MVE_LANES];
    tq_mve_depthwise_sums(&all, one, &here, of_tap);
    for (int32_t k = 0; k < TQ_MVE_LANES; k++) sums[k] += of_tap[k];
  }
  for (int32_t k = 0; k < count; k++) tq_mve_set_scale(layer, scales, i + k, channel + k, sums[k]);
}

static void run(const tq_mve_lanes *lanes, int32_t blocks, const tap_places *places, const tq_mve_scales *scales,
                tq_mve_windows windows, int32_t count, int32_t *sums, int8_t *output) {
  const tq_dims out = windows.dims->output;

  for (int32_t left = out.n * out.h * out.w; left > 0; left -= TQ_MVE_POSITIONS) {
    const int32_t rows = left < TQ_MVE_POSITIONS ? left : TQ_MVE_POSITIONS;
    for (int32_t row = 0; row < rows; row++) {
      const int8_t *const window = tq_mve_next_window(&windows, places->line);
      const int32_t *const taps = window == places->line ? places->copied : places->inside;
      for (int32_t b = 0; b < blocks; b++) {
        tq_mve_depthwise_sums(lanes + b, window, taps, sums + row * TQ_MVE_APART + b * TQ_MVE_LANES);
      }
    }
    tq_mve_outputs(scales, count, rows, sums, output, out.c);
    output += rows * out.c;
  }
}

static void by_lanes(const tq_conv_params *params, const tq_conv_dims *dims, const tq_mve_layer *layer,
                     const int8_t *input, const tq_dsp_weights *weights, int8_t *output, void *scratch) {
  const int32_t taps = dims->filter.h * dims->filter.w, c = dims->output.c;
  const int32_t apart = (c + TQ_MVE_LANES - 1) / TQ_MVE_LANES * TQ_MVE_LANES;
  const tq_conv_dims windows_dims = {dims->input, {1, dims->filter.h, dims->filter.w, dims->input.c}, dims->output};
  int32_t *const room = scratch, *const sums = room + 2 * taps + 3 * TQ_MVE_APART;
  int8_t *const panel = (int8_t *)(sums + TQ_MVE_POSITIONS * TQ_MVE_APART), *const codes = panel + taps * apart;
  tap_places places = lay_places(params, dims, room);
  tq_mve_windows windows = tq_mve_windows_of(params, &windows_dims, input, NULL);
  const int8_t *const w = lay_weights(dims, tq_mve_weights(params, weights, 0, 1, taps * c, codes), apart, panel);

  windows.direct = 1;
  places.line = codes + taps * c;
  for (int32_t first = 0; first < c; first += TQ_MVE_APART) {
    const int32_t count = c - first < TQ_MVE_APART ? c - first : TQ_MVE_APART;
    const int32_t blocks = (count + TQ_MVE_LANES - 1) / TQ_MVE_LANES;
    const tq_mve_scales scales = tq_mve_scales_at(layer, first, TQ_MVE_APART, room + 2 * taps);
    tq_mve_lanes lanes[BLOCKS];
    for (int32_t b = 0; b < blocks; b++) {
      const int32_t at = b * TQ_MVE_LANES, rest = count - at;
      lanes[b] = lanes_at(dims, w, apart, first + at, weights->unpack != NULL);
      set_scales(layer, &scales, lanes + b, first + at, rest < TQ_MVE_LANES ? rest : TQ_MVE_LANES, at);
    }
    run(lanes, blocks, &places, &scales, windows, count, sums, output + first);
  }
}

static void by_rows(const tq_conv_params *params, const tq_conv_dims *dims, const tq_mve_layer *layer,
                    const int8_t *input, const tq_dsp_weights *weights, int8_t *output, void *scratch) {
  const int32_t taps = dims->filter.w, bytes = tq_mve_row_bytes(dims), c = dims->output.c;
  int8_t *to = scratch;
  const int8_t *const codes = tq_mve_weights(params, weights, 0, 1, taps * c, to + tq_mve_rows_scratch(dims));

  for (int32_t o = 0; o < c; o++, to += bytes) {
    tq_mve_gather_every(to, codes + o, c, taps);
    tq_mve_fill(to + taps, 0, bytes - taps);
  }
  tq_mve_rows(params, dims, layer, input, output, scratch);
}

void tq_mve_depthwise(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                      const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_mve_layer layer = {params->multiplier, params->shift, weights->unpack ? params->levels : NULL, bias,
                              params->input_zero_point, params->output_zero_point, params->activation_min,
                              params->activation_max};

  if (TQ_TAKES(TQ_USED_MVE_DEPTHWISE_ROWS, TQ_USED_MVE_DEPTHWISE_LANES, tq_mve_are_rows(params, dims))) {
    by_rows(params, dims, &layer, input, weights, output, scratch);
  } else {
    by_lanes(params, dims, &layer, input, weights, output, scratch);
  }
}
