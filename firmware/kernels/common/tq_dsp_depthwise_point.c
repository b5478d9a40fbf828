#include "tq_dsp_depthwise.h"
#include "tq_window.h"

/* Less than four channels: pixels are copied, as words are read. */
static void widen(const tq_dsp_depthwise_pass *pass) {
  int8_t *copy = (int8_t *)(pass->pixels + pass->plan->taps);

  for (int32_t tap = 0; tap < pass->plan->taps; tap++, copy += 4) {
    for (int32_t c = 0; c < 4; c++) copy[c] = c < pass->dims->input.c ? pass->pixels[tap][c] : 0;
    pass->pixels[tap] = copy;
  }
}

void tq_dsp_depthwise_point(const tq_dsp_depthwise_pass *pass, const int8_t *image, int32_t y, int32_t x) {
  const tq_conv_params *params = pass->params;
  const tq_dims *in = &pass->dims->input;
  const int8_t *const outside = pass->outside;
  const int8_t **pixel = pass->pixels, **const end = pixel + pass->plan->taps;
  const int32_t columns = pass->plan->row_taps, right = tq_step_inside(params->dilation_w, in->w) * in->c;
  const tq_range inside = tq_taps_inside(x, params->dilation_w, columns, in->w);
  const int32_t first = tq_first_inside(inside, x, params->dilation_w);

  for (int32_t row = 0; row < pass->dims->filter.h; row++, y += params->dilation_h) {
    const tq_range seen = y < 0 || y >= in->h ? (tq_range){columns, columns} : inside;
    int32_t i = 0;
    for (; i < seen.begin; i++) *pixel++ = outside;
    if (i < seen.end) {
      const int8_t *at = image + (y * in->w + first) * in->c;
      for (; i < seen.end; i++, at += right) *pixel++ = at;
    }
    for (; i < columns; i++) *pixel++ = outside;
  }
  if (pixel < end) *pixel = pass->pixels[0]; /* its weights are 0 */
  if (in->c < 4) widen(pass);
}
