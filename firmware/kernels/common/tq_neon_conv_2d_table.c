#include "tq_neon_table.h"

/* A layer, and where in its scratch things lie. */
typedef struct {
  tq_table_plan plan;
  const tq_conv_params *params;
  const tq_conv_dims *dims;
  const int32_t *bias;
  const int8_t *levels; /* of two planes of signs: the numbers of their tables; else NULL */
  int32_t channels;     /* of the output */
  int8_t *planes, *outputs; /* outputs: [filters][lanes rounded up to 32] */
  uint32_t *offsets, *shifts; /* [uses] */
  uint8_t *indices;
  int8_t *codes;
  int16_t *table, *sums;
  int32_t *wide, *zero;
  int32_t outputs_row;
} layer;

/* The input that a table begins with, and the distance of its digits. */
static const int8_t *first_input(const layer *l, int32_t table, int32_t *apart) {
  const tq_table_plan *const plan = &l->plan;
  const int32_t down = l->params->dilation_h * plan->pitch;

  *apart = plan->across == 0 ? plan->plane : plan->across == 1 ? l->params->dilation_w : down;
  return l->planes + (plan->across == 1 ? 0 : table * plan->digits * *apart);
}

/* How far from a table's first lane its uses begin. */
static void lay_shifts(layer *l) {
  const tq_table_plan *const plan = &l->plan;
  const int32_t filter_w = l->dims->filter.w, down = l->params->dilation_h * plan->pitch;
  const int32_t step = plan->across == 1 ? plan->digits * l->params->dilation_w : l->params->dilation_w;
  const int32_t in_row = plan->across == 1 ? (filter_w + plan->digits - 1) / plan->digits : filter_w;

  for (int32_t use = 0; use < plan->uses; use++) {
    l->shifts[use] = (uint32_t)(use / in_row * down + use % in_row * step);
  }
}

/* Where in table `table` the rows of a filter's uses of it are. */
static void find_rows(const layer *l, int32_t table, int32_t filter) {
  const int32_t uses = l->plan.uses, tables = l->plan.tables;
  const uint8_t *index = l->indices + filter * uses * tables + table;
  const uint32_t row = (uint32_t)l->plan.row;

  for (int32_t use = 0; use < uses; use++, index += tables) l->offsets[use] = *index * row + l->shifts[use];
}

/* All filters in the lanes [lane, lane + lanes). */
static void run_block(const layer *l, int32_t lane, int32_t lanes) {
  const tq_table_plan *const plan = &l->plan;
  const int32_t filters = l->dims->filter.n, products = plan->uses * plan->digits;
  const int32_t narrow = plan->tables * products <= TQ_TABLE_PRODUCTS;
  int32_t added = 0, widened = 0;

  for (int32_t table = 0; table < plan->tables; table++) {
    const int32_t last = table == plan->tables - 1, full = last || added + 2 * products > TQ_TABLE_PRODUCTS;
    int32_t apart;
    const int8_t *const input = first_input(l, table, &apart);
    tq_neon_table_build(plan, input + lane, apart, lanes + plan->reach, l->table);
    for (int32_t o = 0; o < filters; o++) {
      int16_t *const sums = l->sums + o * plan->block;
      find_rows(l, table, o);
      tq_neon_table_add(l->table, l->offsets, plan->uses, lanes, added == 0, sums);
      if (full && !narrow) tq_neon_table_widen(sums, lanes, !widened, l->wide + o * plan->block);
    }
    widened = widened || full;
    added = full ? 0 : added + products;
  }
  for (int32_t o = 0; o < l->channels; o++) {
    const int16_t *sums = narrow ? l->sums + o * plan->block : NULL;
    int32_t *const wide = l->wide + o * plan->block;
    if (l->levels) {
      tq_neon_table_join(l->params->tables + 4 * l->levels[o], sums, l->channels * plan->block, lanes, wide);
      sums = NULL;
    }
    tq_neon_table_scale(l->params, l->bias, o, l->zero[o] * l->params->input_zero_point, sums, wide, lanes,
                        l->outputs + o * l->outputs_row + lane);
  }
}

static void run_image(const layer *l, const int8_t *input, int8_t *output) {
  const tq_table_plan *const plan = &l->plan;
  const int32_t all = (plan->lanes + 31) / 32 * 32, out_w = l->dims->output.w, filters = l->channels;

  tq_neon_table_planes(plan, l->params, l->dims, input, l->planes);
  for (int32_t lane = 0; lane < all; lane += plan->block) {
    run_block(l, lane, all - lane < plan->block ? all - lane : plan->block);
  }
  for (int32_t y = 0; y < l->dims->output.h; y++) {
    tq_neon_transpose(l->outputs + y * plan->pitch, l->outputs_row, filters, out_w, output + y * out_w * filters,
                      filters);
  }
}

static void lay_out(layer *l, void *scratch) {
  const tq_table_sizes sizes = tq_neon_table_sizes(l->dims);
  int8_t *left = scratch;

  l->table = (int16_t *)(void *)left;
  l->sums = (int16_t *)(void *)(left += sizes.table);
  l->wide = (int32_t *)(void *)(left += sizes.sums);
  l->zero = (int32_t *)(void *)(left += sizes.wide);
  l->offsets = (uint32_t *)(void *)(left += sizes.zero);
  l->shifts = l->offsets + l->plan.uses;
  l->indices = (uint8_t *)(left += sizes.offsets);
  l->codes = left += sizes.indices;
  l->planes = left += sizes.codes;
  l->outputs = left + sizes.planes;
  l->outputs_row = (l->plan.lanes + 31) / 32 * 32;
}

/* Codes and what the zero point makes of them. */
static void lay_codes(layer *l, const uint8_t *packed, int32_t base) {
  const tq_dims filter = l->dims->filter;
  const int32_t count = filter.n * filter.h * filter.w * filter.c;

  if (l->levels) {
    tq_neon_table_signs(packed, count / 2, l->codes);
  } else {
    tq_neon_unpack(packed, base, count, l->codes);
  }
  tq_neon_table_indices(&l->plan, l->dims, l->codes, l->indices, l->zero);
  for (int32_t o = 0; l->levels && o < l->channels; o++) {
    const int8_t *const table = l->params->tables + 4 * l->levels[o];
    l->zero[o] = (l->zero[o] * (table[3] + table[2]) + l->zero[l->channels + o] * (table[3] - table[2])) / 2;
  }
}

int32_t tq_neon_conv_2d_table(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                              const uint8_t *packed, int32_t base, int32_t planes, const int32_t *bias,
                              int8_t *output, void *scratch) {
  const tq_dims in = dims->input, out = dims->output;
  const tq_conv_dims all = tq_table_dims(dims, planes);
  tq_conv_params scaling = *params;
  layer l = {.params = &scaling, .dims = &all, .bias = bias, .channels = out.c};

  if (!tq_neon_table_plan(params, &all, base, &l.plan)) return 0;
  if (planes > 1) {
    l.levels = params->levels;
    scaling.levels = NULL; /* they are numbers of tables, nothing to multiply with */
  }
  lay_out(&l, scratch);
  lay_shifts(&l);
  lay_codes(&l, packed, base);
  for (int32_t n = 0; n < out.n; n++) {
    run_image(&l, input + n * in.h * in.w * in.c, output + n * out.h * out.w * out.c);
  }
  return 1;
}
