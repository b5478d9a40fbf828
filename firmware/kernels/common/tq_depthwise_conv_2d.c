#include "tq_depthwise_conv_2d.h"

#include "tq_output.h"
#include "tq_window.h"

#define BLOCK 4 /* output channels that are computed together */

/* Where a filter meets the image: the first tap, how many there are, and how far it is to the next one. */
typedef struct {
  int32_t rows, columns;
  int32_t pixel, pixel_right, pixel_down;
  int32_t weight, weight_right, weight_down;
} overlap;

static inline int32_t sum_one(const overlap *at, const int8_t *x, const int8_t *w, int32_t zero_point) {
  int32_t sum = 0;
  x += at->pixel;
  w += at->weight;
  for (int32_t row = 0; row < at->rows; row++) {
    for (int32_t i = 0; i < at->columns; i++) {
      sum += (x[i * at->pixel_right] - zero_point) * w[i * at->weight_right];
    }
    x += at->pixel_down;
    w += at->weight_down;
  }
  return sum;
}

/* BLOCK neighbouring output channels; channel k reads the input channel that is ahead[k] further. */
static inline void sum_block(const overlap *at, const int8_t *x, const int8_t *w, int32_t zero_point,
                             const int32_t ahead[BLOCK], int32_t sums[BLOCK]) {
  const int32_t ahead1 = ahead[1], ahead2 = ahead[2], ahead3 = ahead[3];
  const int32_t right = at->pixel_right, weight_right = at->weight_right;
  int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  x += at->pixel;
  w += at->weight;
  for (int32_t row = 0; row < at->rows; row++) {
    const int8_t *xi = x, *wi = w;
    for (int32_t i = at->columns; i > 0; i--) {
      sum0 += (xi[0] - zero_point) * wi[0];
      sum1 += (xi[ahead1] - zero_point) * wi[1];
      sum2 += (xi[ahead2] - zero_point) * wi[2];
      sum3 += (xi[ahead3] - zero_point) * wi[3];
      xi += right;
      wi += weight_right;
    }
    x += at->pixel_down;
    w += at->weight_down;
  }
  sums[0] = sum0, sums[1] = sum1, sums[2] = sum2, sums[3] = sum3;
}

static void channels_of_image(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *image,
                              const int8_t *filter, const int32_t *bias, int8_t *output, int32_t first,
                              int32_t count) {
  const int32_t multiplier = dims->output.c / dims->input.c;
  const int32_t in_c = dims->input.c, out_c = dims->output.c, in_w = dims->input.w;
  const int32_t zero_point = params->output_zero_point;
  const int32_t min = params->activation_min, max = params->activation_max;
  const int8_t *x = image + first / multiplier;
  const int8_t *w = filter + first;
  int32_t ahead[BLOCK];
  tq_channel channels[BLOCK];
  overlap at;

  for (int32_t k = 0; k < count; k++) {
    ahead[k] = (first + k) / multiplier - first / multiplier;
    channels[k] = tq_channel_at(params->multiplier, params->shift, params->levels, bias, first + k);
  }
  at.pixel_right = params->dilation_w * in_c;
  at.pixel_down = params->dilation_h * in_w * in_c;
  at.weight_right = out_c;
  at.weight_down = dims->filter.w * out_c;
  output += first;
  for (int32_t oy = 0; oy < dims->output.h; oy++) {
    const int32_t y0 = oy * params->stride_h - params->pad_top;
    const tq_range rows = tq_taps_inside(y0, params->dilation_h, dims->filter.h, dims->input.h);
    at.rows = rows.end - rows.begin;
    for (int32_t ox = 0; ox < dims->output.w; ox++) {
      const int32_t x0 = ox * params->stride_w - params->pad_left;
      const tq_range columns = tq_taps_inside(x0, params->dilation_w, dims->filter.w, in_w);
      int32_t sums[BLOCK];
      at.columns = columns.end - columns.begin;
      at.pixel = (y0 * in_w + x0) * in_c + rows.begin * at.pixel_down + columns.begin * at.pixel_right;
      at.weight = rows.begin * at.weight_down + columns.begin * at.weight_right;
      if (count == BLOCK) {
        sum_block(&at, x, w, params->input_zero_point, ahead, sums);
      } else {
        for (int32_t k = 0; k < count; k++) {
          sums[k] = sum_one(&at, x + ahead[k], w + k, params->input_zero_point);
        }
      }
      for (int32_t k = 0; k < count; k++) output[k] = tq_output(&channels[k], sums[k], zero_point, min, max);
      output += out_c;
    }
  }
}

void tq_depthwise_conv_2d(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                          const int8_t *filter, const int32_t *bias, int8_t *output) {
  for (int32_t n = 0; n < dims->output.n; n++) {
    for (int32_t first = 0; first < dims->output.c; first += BLOCK) {
      const int32_t left = dims->output.c - first;
      channels_of_image(params, dims, input, filter, bias, output, first, left < BLOCK ? left : BLOCK);
    }
    input += dims->input.h * dims->input.w * dims->input.c;
    output += dims->output.h * dims->output.w * dims->output.c;
  }
}
