#include <string.h>

#include "tq_neon_lce.h"

/* What the taps outside add to the counts of a position: whether there are some, and the sums. */
static int32_t sum_beside(const tq_signs_layer *layer, int32_t oy, int32_t ox, int32_t apart, int32_t *sums) {
  const tq_bits_walk *const walk = &layer->walk;
  const tq_dims in = walk->dims->input, filter = walk->dims->filter;
  const uint16_t *beside = layer->beside;
  int32_t some = 0;

  for (int32_t tap = 0; tap < filter.h * filter.w; tap++, beside += apart) {
    const int32_t y = oy * walk->stride_h - walk->pad_top + tap / filter.w * walk->dilation_h;
    const int32_t x = ox * walk->stride_w - walk->pad_left + tap % filter.w * walk->dilation_w;
    if (y >= 0 && y < in.h && x >= 0 && x < in.w) continue;
    if (!some) memset(sums, 0, (size_t)apart * sizeof *sums);
    for (int32_t o = 0; o < apart; o++) sums[o] += (int16_t)beside[o];
    some++;
  }
  return some;
}

/* The output rows [oy, oy + rows) of an image. */
static void run_band(const tq_lce_bconv_params *params, const tq_signs_layer *layer, int32_t oy, int32_t rows,
                     tq_neon_lce_write *write, uint8_t *output, int32_t pixel_bytes) {
  const tq_conv_dims *const dims = layer->walk.dims;
  const int32_t channels = dims->filter.n, apart = (channels + 7) / 8 * 8, out_w = dims->output.w;
  const tq_signs_size size =
      tq_signs_size_of(dims->filter.h * dims->filter.w * layer->walk.words, channels);
  uint16_t *const counts = layer->starts;
  int32_t *const sums = (int32_t *)layer->filters + tq_signs_filter_words(size);
  tq_bits_position at = {0, 0, 0, rows};

  for (int32_t first = 0; first < rows * out_w; first += 4) {
    const int32_t left = rows * out_w - first, count = left < 4 ? left : 4;
    at = tq_neon_bits_gather(&layer->walk, at, 0, size, 16, layer->rows);
    tq_neon_signs_counts(layer->rows, layer->filters, size, counts);
    for (int32_t p = 0; p < count; p++, output += pixel_bytes) {
      uint16_t *const differing = counts + p * apart;
      const int32_t taps =
          layer->beside ? sum_beside(layer, oy + (first + p) / out_w, (first + p) % out_w, apart, sums) : 0;
      for (int32_t o = 0; taps > 0 && o < channels; o++) {
        if (params->corrected) { /* the sum of the signs of the filter's taps */
          sums[o] = taps * dims->filter.c + 2 * sums[o];
        } else {
          differing[o] = (uint16_t)(differing[o] + sums[o]);
        }
      }
      write(params, channels, differing, taps > 0 && params->corrected ? sums : NULL, output);
    }
  }
}

int32_t tq_neon_lce_bconv_2d(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                             const int32_t *filter, tq_neon_lce_write *write, void *output, int32_t pixel_bytes,
                             void *scratch) {
  const tq_dims out = dims->output;
  tq_signs_layer layer;

  if (!tq_neon_lce_begin(params, dims, input, filter, &layer, scratch)) return 0;
  for (int32_t n = 0; n < out.n; n++) {
    for (int32_t oy = 0; oy < out.h; oy += layer.walk.band) {
      const int32_t rest = out.h - oy, rows = rest < layer.walk.band ? rest : layer.walk.band;
      uint8_t *const band = (uint8_t *)output + (n * out.h + oy) * out.w * pixel_bytes;
      tq_neon_bits_copy(&layer.walk, n, oy, rows);
      run_band(params, &layer, oy, rows, write, band, pixel_bytes);
    }
  }
  return 1;
}
