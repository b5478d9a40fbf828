#include <string.h>

#include "tq_neon_copy.h"

static int32_t within(int32_t value, int32_t most) {
  return value < 0 ? 0 : value > most ? most : value;
}

void tq_neon_copy_rows(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *image, int32_t oy,
                       int32_t width, int8_t *copy) {
  const tq_dims in = dims->input;
  const int32_t left = within(params->pad_left, width), inside = within(in.w, width - left);

  for (int32_t fy = 0; fy < dims->filter.h; fy++, copy += width * in.c) {
    const int32_t y = oy * params->stride_h - params->pad_top + fy * params->dilation_h;
    const int32_t used = y >= 0 && y < in.h ? inside : 0;
    memset(copy, params->input_zero_point, (size_t)((used ? left : width) * in.c));
    if (used) {
      memcpy(copy + left * in.c, image + y * in.w * in.c, (size_t)(inside * in.c));
      memset(copy + (left + inside) * in.c, params->input_zero_point, (size_t)((width - left - inside) * in.c));
    }
  }
}
