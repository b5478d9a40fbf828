#include "tq_mve_lines.h"
#include "tq_mve_lines_rows.h"

/* Entry 16 * i + k = first[k] + second[i]. */
static void lay(const uint8_t *first, const uint8_t *second, uint8_t *table) {
#if TQ_MVE
  uint32_t more;
  __asm__ volatile("vldrb.8 q0, [%[first]]\n"
                   "movs %[more], #4\n"
                   "dls lr, %[more]\n"
                   "1: ldrb %[more], [%[second]], #1\n"
                   "vadd.i8 q1, q0, %[more]\n"
                   "ldrb %[more], [%[second]], #1\n"
                   "vstrb.8 q1, [%[table]], #16\n"
                   "vadd.i8 q2, q0, %[more]\n"
                   "ldrb %[more], [%[second]], #1\n"
                   "vstrb.8 q2, [%[table]], #16\n"
                   "vadd.i8 q1, q0, %[more]\n"
                   "ldrb %[more], [%[second]], #1\n"
                   "vstrb.8 q1, [%[table]], #16\n"
                   "vadd.i8 q2, q0, %[more]\n"
                   "vstrb.8 q2, [%[table]], #16\n"
                   "le lr, 1b\n"
                   : [second] "+r"(second), [table] "+r"(table), [more] "=&l"(more)
                   : [first] "r"(first)
                   : "q0", "q1", "q2", "lr", "cc", "memory");
#else
  for (int32_t i = 0; i < TQ_MVE_LINES_ENTRIES; i++) table[i] = (uint8_t)(first[i % 16] + second[i / 16]);
#endif
}

/* That of half a byte from a tap on: whether one of l->rows, or in `room`, where the filter has fewer taps. */
static const uint8_t *row_of(const tq_mve_lines *l, const uint8_t *weights, int32_t tap, uint8_t *room) {
  const int32_t half = l->sizes.together / 2, rest = l->sizes.taps - tap;
  const int32_t w = rest > 0 ? weights[tap] & ((1 << half * l->w_planes) - 1) : 0;

  if (rest >= half) return l->rows + 16 * w;
  tq_sixteen_store(tq_mve_lines_row(l, w, rest), room);
  return room;
}

void tq_mve_lines_lay(const tq_mve_lines *l, int32_t o) {
  const uint8_t *const weights = l->weights + o % 8 * l->w_apart;
  const int32_t together = l->sizes.together;
  uint32_t room[2][4];
  uint8_t *to = l->tables;

  for (int32_t tap = 0; tap < l->sizes.taps; tap += together, to += TQ_MVE_LINES_ENTRIES) {
    const uint8_t *const first = row_of(l, weights, tap, (uint8_t *)room[0]);
    lay(first, row_of(l, weights, tap + together / 2, (uint8_t *)room[1]), to);
  }
}
