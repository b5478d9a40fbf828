#include "tq_dsp_depthwise.h"

/* Output row y of an image. */
static void row_of(const tq_dsp_depthwise_pass *pass, const int8_t *image, int32_t y, int8_t *output) {
  const tq_conv_params *params = pass->params;
  const tq_dims *in = &pass->dims->input, *out = &pass->dims->output;
  const int32_t step = pass->plan->how == TQ_DSP_TWO_POSITIONS ? 2 : 1;
  const int32_t y0 = y * params->stride_h - params->pad_top;
  const int32_t width = (pass->plan->row_taps - 1) * params->dilation_w;
  /* Where no tap is outside, those of the next step lie a fixed number of bytes on. */
  const int tall = in->c >= 4 && y0 >= 0 && y0 + (pass->dims->filter.h - 1) * params->dilation_h < in->h;
  int32_t origin = -1;

  for (int32_t x = 0; x < out->w; x += step) {
    const int32_t x0 = x * params->stride_w - params->pad_left;
    const int inside = tall && x0 >= 0 && x0 + width < in->w;
    if (!inside || origin < 0) {
      tq_dsp_depthwise_point(pass, image, y0, x0);
      origin = inside ? x0 : -1;
    }
    tq_dsp_depthwise_step(pass, inside ? (x0 - origin) * in->c : 0, x + 1 < out->w, output + x * out->c);
  }
}

void tq_dsp_depthwise_positions(const tq_dsp_depthwise_pass *pass) {
  const tq_dims *in = &pass->dims->input, *out = &pass->dims->output;
  const int8_t *image = pass->input;
  int8_t *output = pass->output;

  for (int32_t n = 0; n < out->n; n++, image += in->h * in->w * in->c) {
    for (int32_t y = 0; y < out->h; y++, output += out->w * out->c) row_of(pass, image, y, output);
  }
}
