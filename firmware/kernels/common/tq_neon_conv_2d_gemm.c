#include <string.h>

#include "tq_neon_copy.h"
#include "tq_neon_gemm.h"
#include "tq_neon_outputs.h"


typedef struct {
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  tq_gemm_size size;
  tq_scaling scaling;
  int8_t *copy, *line, *rows, *filters; /* copy: the rows of the input that a row of the output sees */
  int32_t *sums, *start; /* start: [filters] */
  int32_t width; /* columns of the copy */
} layer;

/* 16 bytes at a time, up to 15 more than asked for, in scratch memory that comes next anyway. */
static inline int8_t *copy_run(int8_t *to, const int8_t *from, int32_t bytes) {
  for (int32_t i = 0; i < bytes; i += 16) memcpy(to + i, from + i, 16);
  return to + bytes;
}

static void lay_position(const layer *l, int32_t ox, int32_t row) {
  const int32_t c = l->dims->input.c, down = l->width * c, right = l->params->dilation_w * c;
  const int32_t one_run = right == c, runs = one_run ? 1 : l->dims->filter.w;
  const int32_t run = one_run ? l->dims->filter.w * c : c;
  const int8_t *from = l->copy + ox * l->params->stride_w * c;
  int8_t *line = l->line, *to = l->rows + 16 * row;

  if (run % 16 == 0) { /* straight into the panel */
    for (int32_t i = 0; i < l->dims->filter.h * runs; i++) {
      const int8_t *const x = from + i / runs * down + i % runs * right;
      for (int32_t k = 0; k < run; k += 16, to += 128) memcpy(to, x + k, 16);
    }
    return;
  }

  for (int32_t fy = 0; fy < l->dims->filter.h; fy++, from += down) {
    for (int32_t i = 0; i < runs; i++) line = copy_run(line, from + i * right, run);
  }
  for (int32_t step = 0; step < l->size.steps; step++, to += 128) memcpy(to, l->line + 16 * step, 16);
}

static void run_row(const layer *l, int8_t *output) {
  const tq_dims out = l->dims->output;

  for (int32_t first = 0; first < out.w; first += TQ_GEMM_ROWS) {
    const int32_t rest = out.w - first, count = rest < TQ_GEMM_ROWS ? rest : TQ_GEMM_ROWS;
    for (int32_t row = 0; row < count; row++) lay_position(l, first + row, row);
    if (l->size.dot) {
      tq_neon_gemm_dot(l->rows, l->filters, l->size, l->start, l->sums);
    } else {
      tq_neon_gemm(l->rows, l->filters, l->size, l->start, l->sums);
    }
    for (int32_t row = 0; row < count; row++, output += out.c) {
      tq_neon_outputs(&l->scaling, 0, out.c, 0, l->sums + row * l->size.filters, output);
    }
  }
}

int32_t tq_neon_conv_2d_gemm(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                             const int8_t *weights, int32_t codes, const int32_t *bias, int8_t *output,
                             void *scratch) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int32_t taps = filter.h * filter.w * filter.c;
  const int64_t width = (int64_t)(out.w - 1) * params->stride_w + (int64_t)(filter.w - 1) * params->dilation_w + 1;
  layer l = {.params = params, .dims = dims, .scaling = tq_conv_scaling(params, bias)};

  if (in.c != filter.c || width > in.w + 2 * filter.w) return 0;
  l.size = (tq_gemm_size){(taps + 15) / 16, (out.c + 3) / 4 * 4, codes, tq_neon_has_dot()};
  l.width = (int32_t)width;
  l.sums = scratch;
  l.start = l.sums + TQ_GEMM_ROWS * l.size.filters;
  l.filters = (int8_t *)(l.start + l.size.filters);
  l.rows = l.filters + 16 * l.size.steps * l.size.filters;
  l.line = l.rows + 16 * TQ_GEMM_ROWS * l.size.steps;
  l.copy = l.line + 16 * l.size.steps + 16;
  memset(l.line, 0, (size_t)(16 * l.size.steps));
  tq_neon_gemm_filters(weights, out.c, taps, l.size, l.filters, l.start);
  for (int32_t o = 0; o < out.c; o++) l.start[o] *= -params->input_zero_point;
  for (int32_t row = 0; row < out.n * out.h; row++) {
    tq_neon_copy_rows(params, dims, input + row / out.h * in.h * in.w * in.c, row % out.h, l.width, l.copy);
    run_row(&l, output + row * out.w * out.c);
  }
  return 1;
}
