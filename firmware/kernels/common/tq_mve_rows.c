#include "tq_mve_rows.h"

#include "tq_mve_dot.h"

/* Columns of the input that a block of positions sees: `ahead` before the first one, `inside` from `from` on, `behind`. */
typedef struct {
  int32_t from, ahead, inside, behind;
} columns;

/* `count` columns from x on. */
static columns columns_of(int32_t width, int32_t x, int32_t count) {
  const int32_t before = x < 0 ? -x : 0, ahead = before < count ? before : count;
  const int32_t there = x + ahead < width ? width - x - ahead : 0, most = count - ahead;
  const int32_t inside = there < most ? there : most;
  const columns found = {x + ahead, ahead, inside, most - inside};

  return found;
}

void tq_mve_rows(const tq_conv_params *params, const tq_conv_dims *dims, const tq_mve_layer *layer,
                 const int8_t *input, int8_t *output, void *scratch) {
  const tq_dims in = dims->input, out = dims->output;
  const int32_t bytes = tq_mve_row_bytes(dims), each = out.c / in.c, zero_point = params->input_zero_point;
  const int8_t *const filters = scratch;
  int32_t *const sums = (int32_t *)(uintptr_t)(filters + out.c * bytes);
  int8_t *const line = (int8_t *)(sums + TQ_MVE_ALONG);

  for (int32_t row = 0; row < out.n * out.h; row++, output += out.w * out.c) {
    const int32_t y = row % out.h * params->stride_h - params->pad_top;
    const int8_t *const image = input + row / out.h * in.h * in.w * in.c;
    for (int32_t x = 0; x < out.w; x += TQ_MVE_ALONG) {
      const int32_t count = out.w - x < TQ_MVE_ALONG ? out.w - x : TQ_MVE_ALONG;
      const int32_t width = y >= 0 && y < in.h ? in.w : 0;
      const columns see = columns_of(width, x - params->pad_left, count + dims->filter.w - 1);
      const int8_t *filter = filters;
      tq_mve_fill(line, zero_point, see.ahead);
      tq_mve_fill(line + see.ahead + see.inside, zero_point, see.behind);
      for (int32_t o = 0; o < out.c; o++, filter += bytes) {
        if (o % each == 0 && see.inside > 0) {
          tq_mve_gather_every(line + see.ahead, image + (y * in.w + see.from) * in.c + o / each, in.c, see.inside);
        }
        tq_mve_slide(line, filter, bytes, count, sums);
        tq_mve_outputs_along(layer, o, tq_mve_total(filter, bytes), count, sums, output + x * out.c + o, out.c);
      }
    }
  }
}
