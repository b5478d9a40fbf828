#include <stddef.h>

#include "tq_mve_windows.h"

enum { SHORT = 16 }; /* runs that are slower to copy than byte by byte */

tq_mve_windows tq_mve_windows_of(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                                 uint16_t *places) {
  const tq_dims in = dims->input, filter = dims->filter;
  const int32_t right = params->dilation_w * in.c, down = params->dilation_h * in.w * in.c;
  const int64_t last = (int64_t)(filter.h - 1) * down + (int64_t)(filter.w - 1) * right + filter.c - 1;
  tq_mve_windows w = {.params = params, .dims = dims, .image = input, .run = filter.c};

  if (filter.w == 1 || right == filter.c) w.run *= filter.w;
  if (w.run == filter.w * filter.c && (filter.h == 1 || down == w.run)) w.run *= filter.h;
  w.direct = w.run == filter.h * filter.w * filter.c;
  w.wide = (filter.w - 1) * params->dilation_w + 1;
  w.high = (filter.h - 1) * params->dilation_h + 1;
  if (places && w.run < SHORT && last <= UINT16_MAX) {
    w.places = places;
    for (int32_t fy = 0; fy < filter.h; fy++) {
      for (int32_t fx = 0; fx < filter.w; fx++) {
        for (int32_t c = 0; c < filter.c; c++) *places++ = (uint16_t)(fy * down + fx * right + c);
      }
    }
  }
  return w;
}
