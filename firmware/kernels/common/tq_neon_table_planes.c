#include <string.h>

#include "tq_neon_table.h"

static int32_t within(int32_t value, int32_t most) {
  return value < 0 ? 0 : value > most ? most : value;
}

void tq_neon_table_planes(const tq_table_plan *plan, const tq_conv_params *params, const tq_conv_dims *dims,
                          const int8_t *image, int8_t *planes) {
  const tq_dims in = dims->input;
  const int32_t left = within(params->pad_left, plan->pitch), width = within(in.w, plan->pitch - left);
  const int32_t count = (in.c + plan->digits - 1) / plan->digits * plan->digits;

  memset(planes, params->input_zero_point, (size_t)(plan->plane * count));
  for (int32_t row = 0; row < plan->plane_h; row++) {
    const int32_t y = row - params->pad_top;
    int8_t *const to = planes + row * plan->pitch + left;
    if (y < 0 || y >= in.h) continue;
    if (in.c == 1) {
      memcpy(to, image + y * in.w, (size_t)width);
    } else {
      tq_neon_transpose(image + y * in.w * in.c, in.c, width, in.c, to, plan->plane);
    }
  }
}
