/* D of half a byte: of the codes of two or four taps. */
#ifndef TQ_MVE_LINES_ROWS_H
#define TQ_MVE_LINES_ROWS_H

#include "tq_mve_lines.h"

/* Entries table[places[i]] of bytes. */
static inline tq_sixteen tq_sixteen_look_up(const uint8_t *table, tq_sixteen places) {
#if TQ_MVE
  return vldrbq_gather_offset_u8(table, places);
#else
  TQ_EACH(places, table[places.lane[i]]);
  return places;
#endif
}

/* D of each of the 16 codes by weights w, of the first `taps` taps. */
static inline tq_sixteen tq_mve_lines_row(const tq_mve_lines *l, int32_t w, int32_t taps) {
  static const uint8_t codes[2][4][16] = {{{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1},
                                           {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1},
                                           {0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1},
                                           {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}},
                                          {{0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3},
                                           {0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3}}};
  tq_sixteen row = tq_sixteen_of(0);

  for (int32_t tap = 0; tap < taps; tap++) {
    const int32_t code = (w >> tap & 1) | (l->w_planes > 1 ? (w >> (2 + tap) & 1) << 1 : 0);
    row = tq_sixteen_add(row, tq_sixteen_look_up(l->of_tap[code], tq_sixteen_load(codes[l->planes - 1][tap])));
  }
  return row;
}

#endif
