#include "tq_neon_nibbles.h"

/* D of filters whose tables are laid, at TQ_NIBBLES_LANES lanes -> narrow, or wide. */
static void sum(const tq_nibbles *l, const uint8_t *tables, int32_t lane) {
  uint16_t *const wide = tq_nibbles_is_narrow(l) ? NULL : l->wide;

  for (int32_t first = 0; first < l->lookups; first += l->at_once) {
    const int32_t rest = l->lookups - first, count = rest < l->at_once ? rest : l->at_once;
    tq_neon_nibbles_add(l->planes + lane, l->from + first, tables + 64 * first, count, first == 0, l->narrow, wide);
  }
}

static void run_filters(const tq_nibbles *l, int32_t first, int32_t lanes) {
  uint8_t *const tables = l->tables + (l->held > 4 ? 16 * first * l->lookups : 0);

  if (l->held == 4) tq_neon_nibbles_tables(l, first, tables);
  for (int32_t lane = 0; lane < lanes; lane += TQ_NIBBLES_LANES) {
    sum(l, tables, lane);
    if (l->packed) {
      tq_neon_nibbles_mark(l, first, lane);
    } else {
      tq_neon_nibbles_keep(l->wide, l->counts + first * l->lanes + 4 * lane);
    }
  }
}

/* Output rows [oy, oy + rows) of image n. */
static void run_band(const tq_nibbles *l, tq_neon_store_row *store, int32_t n, int32_t oy, int32_t rows, void *output) {
  const tq_dims out = l->dims->output;
  const int32_t lanes = (rows - 1) * l->part + out.w, first = (n * out.h + oy) * out.w;

  tq_neon_nibbles_lay(l, n, oy, rows);
  for (int32_t o = 0; o < out.c; o += 4) run_filters(l, o, lanes);
  for (int32_t y = 0; y < rows; y++) {
    if (l->packed) {
      tq_neon_nibbles_put_codes(l, y * l->part, out.w, first + y * out.w, output);
    } else {
      tq_neon_nibbles_put_sums(l, store, y * l->part, out.w, first + y * out.w, output);
    }
  }
}

int32_t tq_neon_nibbles_conv(const tq_conv_bits_params *params, const tq_conv_dims *dims, const int32_t *input,
                             const int32_t *weights, const void *bias, tq_neon_store_row *store, void *output,
                             void *scratch) {
  const tq_dims out = dims->output;
  tq_nibbles l = {.params = params, .dims = dims, .input = input, .weights = weights,
                  .packed = store == tq_neon_store_bits && params->output.levels <= TQ_NIBBLES_LEVELS,
                  .store = {&params->output, bias, out.c, NULL, NULL, NULL}};

  if (!tq_neon_nibbles_plan(&l, scratch)) return 0;
  tq_neon_nibbles_begin(&l);
  for (int32_t n = 0; n < out.n; n++) {
    for (int32_t oy = 0; oy < out.h; oy += l.band) {
      const int32_t rest = out.h - oy;
      run_band(&l, store, n, oy, rest < l.band ? rest : l.band, output);
    }
  }
  return 1;
}
