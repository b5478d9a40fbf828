#include "tinyq/tq_used.h"
#include "tq_bits.h"
#include "tq_mve_lines.h"

/* As tq_mve_lines_scratch has it. */
static void share(tq_mve_lines *l, void *scratch) {
  const tq_mve_lines_sizes *const sizes = &l->sizes;
  const uintptr_t at = (uintptr_t)scratch + 4 * 2 * (uintptr_t)tq_bits_words(l->layer->dims->input.c);

  l->table = (const uint8_t **)((at + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *));
  l->rows = (uint8_t *)(l->table + sizes->bits / 4 * sizes->groups);
  l->tables = l->rows + 2 * TQ_MVE_LINES_ROWS + 16;
  l->seen = l->tables + sizes->tables;
  l->bytes = l->seen;
  l->sums = (uint16_t *)(void *)(l->bytes + sizes->block);
  l->indices = l->seen + sizes->shared;
  l->weights = l->indices + sizes->indices;
  l->w_apart = sizes->weights / 8;
  l->marks = l->weights + sizes->weights;
  l->of_d = (int32_t *)(void *)l->marks;
  l->outputs = (int8_t *)l->tables;
}

static int32_t d_at(const tq_mve_lines *l, int32_t i) { return l->wide ? l->sums[i] : l->bytes[i]; }

static void put(const tq_mve_lines *l, int32_t o, int32_t position, int32_t count, tq_store_sum *store) {
  const tq_sliced *const layer = l->layer;
  const tq_bits_output *const how = layer->params;

  if (TQ_TAKES(TQ_USED_DEPTHWISE_PACKED, TQ_USED_DEPTHWISE_SUMS, how->thresholds != NULL)) {
    tq_mve_lines_put_words(l, o, position, count);
  } else if (how->multiplier) {
    tq_mve_lines_put_int8(l, o, position, count);
  } else {
    for (int32_t i = 0; i < count; i++) {
      const int32_t sum = (layer->largest - 2 * d_at(l, i)) / layer->divisor;
      store(how, layer->bias, position + i, layer->dims->output.c, o, sum, layer->output);
    }
  }
}

/* `count` positions of a line from x on: of all filters of eight channels. */
static void run(const tq_mve_lines *l, int32_t byte, int32_t line, int32_t x, int32_t count, tq_store_sum *store) {
  const tq_dims in = l->layer->dims->input, out = l->layer->dims->output;
  const int32_t each = out.c / in.c, first = 8 * byte, last = first + 8 < in.c ? first + 8 : in.c;

  tq_mve_lines_fill(l, byte, line, x, count);
  for (int32_t o = first * each; o < last * each; o++) {
    if (o % 8 == 0) tq_mve_lines_weigh(l, o / 8);
    tq_mve_lines_lay(l, o);
    tq_mve_lines_walk(l, o / each - first, count);
    put(l, o, line * out.w + x, count, store);
  }
}

void tq_mve_lines_conv(tq_sliced *layer, tq_store_sum *store, void *scratch) {
  const tq_bits_output *const how = layer->params;
  const tq_dims in = layer->dims->input, out = layer->dims->output;
  const int32_t planes = layer->x_levels > 2 || layer->w_levels > 2 ? 2 : 1;
  tq_mve_lines l = {.layer = layer, .sizes = tq_mve_lines_sizes_of(layer->dims, planes), .planes = planes};

  l.w_planes = tq_bits_planes(layer->w_levels);
  share(&l, scratch);
  l.most = UINT8_MAX / (l.sizes.together * tq_sliced_peaks(layer->x_levels, layer->w_levels));
  l.wide = l.sizes.groups > l.most;
  tq_mve_lines_set_rows(&l);
  if (how->thresholds) {
    tq_mve_fill(layer->output, 0, 4 * out.n * out.h * out.w * tq_bits_row(out.c, how->levels));
  } else if (how->multiplier) {
    const int32_t step = 2 / layer->divisor * (1 << how->bias_shift); /* largest is a multiple of a divisor of 2 */
    l.of_d[0] = layer->largest / layer->divisor * (1 << how->bias_shift);
    for (int32_t d = 1; d <= layer->largest; d++) l.of_d[d] = l.of_d[d - 1] - step;
  }
  for (int32_t byte = 0; 8 * byte < in.c; byte++) {
    for (int32_t line = 0; line < out.n * out.h; line++) {
      for (int32_t x = 0; x < out.w; x += l.sizes.block) {
        run(&l, byte, line, x, out.w - x < l.sizes.block ? out.w - x : l.sizes.block, store);
      }
    }
  }
}
