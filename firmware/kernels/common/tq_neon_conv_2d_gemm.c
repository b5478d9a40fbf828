#include <string.h>

#include "tq_neon_copy.h"
#include "tq_neon_gemm.h"
#include "tq_neon_table.h"

typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  tq_gemm gemm;
  int8_t *copy, *rows; /* copy: the rows of the input that a row of the output sees */
  int32_t width, apart; /* columns of the copy; from one laid row to the next */
} layer;

/* Whether a row of the filter sees neighbours alone. */
static inline int32_t in_one_run(const layer *l) { return l->params->dilation_w == 1 || l->dims->filter.w == 1; }

/* `count` rows, run by run, 16 bytes at a time: up to 15 more than a run, where the next one comes, or nothing. */
static void lay_rows(const layer *l, const int8_t *first, int32_t count) {
  const int32_t c = l->dims->input.c, right = l->params->dilation_w * c, step = l->params->stride_w * c;
  const int32_t runs = in_one_run(l) ? 1 : l->dims->filter.w, run = in_one_run(l) ? l->dims->filter.w * c : c;
  int8_t *rows = l->rows;

  for (int32_t fy = 0; fy < l->dims->filter.h; fy++, first += l->width * c) {
    for (int32_t i = 0; i < runs; i++, rows += run) {
      for (int32_t k = 0; k < run; k += 16) {
        const int8_t *from = first + i * right + k;
        int8_t *to = rows + k;
        for (int32_t row = 0; row < count; row++, from += step, to += l->apart) memcpy(to, from, 16);
      }
    }
  }
}

static void multiply(const layer *l, tq_gemm_rows rows, int8_t *output) {
  if (l->gemm.dot) {
    tq_neon_gemm_dot(&l->gemm, rows, output);
  } else {
    tq_neon_gemm(&l->gemm, rows, output);
  }
}

/* Where a position sees one run of the copy, that is its row; of one channel, also if columns are turned into rows. */
static void run_row(const layer *l, int8_t *output) {
  const tq_dims filter = l->dims->filter, out = l->dims->output;
  const int32_t step = l->params->stride_w * filter.c;

  if (filter.h == 1 && in_one_run(l)) {
    multiply(l, (tq_gemm_rows){l->copy, out.w, step}, output);
    return;
  }
  if (filter.w == 1 && filter.c == 1) {
    tq_neon_transpose(l->copy, l->width, filter.h, l->width, l->rows, filter.h);
    multiply(l, (tq_gemm_rows){l->rows, out.w, step * filter.h}, output);
    return;
  }
  for (int32_t first = 0, count; first < out.w; first += count) {
    const int32_t most = tq_gemm_rows_at_once(filter.h * filter.w * filter.c);
    count = out.w - first < most ? out.w - first : most;
    lay_rows(l, l->copy + first * step, count);
    multiply(l, (tq_gemm_rows){l->rows, count, l->apart}, output + first * out.c);
  }
}

int32_t tq_neon_conv_2d_gemm(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                             const int8_t *weights, int32_t codes, const int32_t *bias, int8_t *output,
                             void *scratch) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const tq_scaling scaling = tq_conv_scaling(params, bias);
  const int32_t taps = filter.h * filter.w * filter.c;
  const int64_t width = (int64_t)(out.w - 1) * params->stride_w + (int64_t)(filter.w - 1) * params->dilation_w + 1;
  layer l = {.params = params, .dims = dims, .apart = tq_gemm_row(taps)};

  if (in.c != filter.c || width > in.w + 2 * filter.w) return 0;
  l.gemm = tq_neon_gemm_lay(&scaling, out.c, taps, weights, codes, params->input_zero_point, scratch);
  if (tq_gemm_in_place(params, dims)) {
    multiply(&l, (tq_gemm_rows){input, out.n * out.h * out.w, in.c}, output);
    return 1;
  }
  l.width = (int32_t)width;
  l.copy = (int8_t *)scratch + tq_gemm_laid(out.c, taps);
  l.rows = l.copy + filter.h * (in.w + 2 * filter.w) * in.c + 16;
  for (int32_t row = 0; row < out.n * out.h; row++) {
    tq_neon_copy_rows(params, dims, input + row / out.h * in.h * in.w * in.c, row % out.h, l.width, l.copy);
    run_row(&l, output + row * out.w * out.c);
  }
  return 1;
}
