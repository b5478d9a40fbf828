#include "tq_mve_lines.h"

static int32_t code_of(int32_t bits, int32_t levels) {
  if (levels == 3) return (bits & 1) * (1 - (bits & 2));
  return levels == 2 ? 1 - 2 * (bits & 1) : 3 - 2 * bits;
}

/* Entries table[places[i]]. */
static tq_sixteen look_up(const uint8_t *table, tq_sixteen places) {
#if TQ_MVE
  return vldrbq_gather_offset_u8(table, places);
#else
  TQ_EACH(places, table[places.lane[i]]);
  return places;
#endif
}

/* Of each weights of `taps` taps the D of the 16 patterns of four bits. */
static void set(const tq_mve_lines *l, int32_t taps, uint8_t *rows) {
  static const uint8_t codes[2][4][16] = {{{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1},
                                           {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1},
                                           {0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1},
                                           {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}},
                                          {{0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3},
                                           {0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3}}};
  const int32_t most = 4 / l->planes * l->w_planes;

  for (int32_t w = 0; w < 1 << most; w++, rows += 16) {
    tq_sixteen row = tq_sixteen_of(0);
    for (int32_t tap = 0; tap < taps; tap++) {
      const int32_t code = (w >> tap & 1) | (l->w_planes > 1 ? (w >> (2 + tap) & 1) << 1 : 0);
      row = tq_sixteen_add(row, look_up(l->of_tap[code], tq_sixteen_load(codes[l->planes - 1][tap])));
    }
    tq_sixteen_store(row, rows);
  }
}

void tq_mve_lines_set_rows(tq_mve_lines *l) {
  const int32_t x_levels = l->layer->x_levels, w_levels = l->layer->w_levels, half = 4 / l->planes;
  const int32_t peaks = tq_sliced_peaks(x_levels, w_levels), divisor = tq_sliced_divisors(x_levels, w_levels);

  for (int32_t w = 0; w < 1 << l->w_planes; w++) {
    for (int32_t x = 0; x < 1 << l->planes; x++) {
      const int32_t product = code_of(x, x_levels) * code_of(w, w_levels);
      l->of_tap[w][x] = (uint8_t)((peaks - divisor * product) / 2);
    }
  }
  set(l, half, l->rows);
  if (l->sizes.taps % half > 0) set(l, l->sizes.taps % half, l->rows + TQ_MVE_LINES_ROWS);
  tq_sixteen_store(tq_sixteen_of(0), l->rows + 2 * TQ_MVE_LINES_ROWS);
}
