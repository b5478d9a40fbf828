#include "tq_dsp_tile.h"

/* Outputs of row y and, if `two`, of the row below it; otherwise of two neighbours in row y. */
static void outputs_of(const tq_dsp_pass *pass, const int8_t *image, int32_t y, int two, int8_t *output) {
  const tq_conv_params *params = pass->params;
  const tq_dsp_taps *taps = pass->taps;
  const tq_dims *out = &pass->dims->output;
  uint32_t *const ring = (uint32_t *)(uintptr_t)pass->x;
  const int32_t columns = taps->columns, words = 2 * taps->column_pairs;
  /* Windows of neighbours share columns: input column x lies in place (x + pad_left) % columns. */
  const int share = two && params->dilation_w == 1;
  int32_t known = 0;

  for (int32_t x = 0; x < out->w; x += two ? 1 : 2) {
    const int32_t next = x + 1 < out->w && !two ? x + 1 : x, left = x * params->stride_w;
    const int32_t top = y * params->stride_h - params->pad_top;
    const tq_dsp_corner at[2] = {
        {image, top, left - params->pad_left},
        {image, top + (two ? params->stride_h : 0), next * params->stride_w - params->pad_left},
    };
    const int32_t begin = share ? left % columns : 0;
    for (int32_t column = share && known > left ? known - left : 0; column < columns; column++) {
      const int32_t place = begin + column < columns ? begin + column : begin + column - columns;
      tq_dsp_put_column(pass, at, column, ring + place * words);
    }
    known = left + columns;
    tq_dsp_tiles(pass, ring + begin * words, (columns - begin) * taps->column_pairs, ring,
                 output + x * out->c, output + ((two ? out->w : 0) + next) * out->c);
  }
}

void tq_dsp_pass_columns(const tq_dsp_pass *pass) {
  const tq_dsp_taps *taps = pass->taps;
  const tq_dims *in = &pass->dims->input, *out = &pass->dims->output;
  const int8_t *image = pass->input;
  int8_t *output = pass->output;

  memset(pass->x + 8 * taps->pairs, pass->params->input_zero_point, (size_t)taps->channels);
  for (int32_t n = 0; n < out->n; n++, image += in->h * in->w * in->c) {
    for (int32_t y = 0; y < out->h;) {
      const int two = y + 1 < out->h;
      outputs_of(pass, image, y, two, output);
      output += (two ? 2 : 1) * out->w * out->c;
      y += two ? 2 : 1;
    }
  }
}
