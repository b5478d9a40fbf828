#include "tq_mve_lines.h"

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

/* Tables of four bits -> those of eight. */
static void lay_all(const tq_mve_lines *l, int32_t rows) {
  const uint8_t **row = l->table;
  uint8_t *table = l->tables;

  for (int32_t g = 0; g < l->sizes.groups; g++, row += 2, table += TQ_MVE_LINES_ENTRIES) {
    lay(row[0], 2 * g + 1 < rows ? row[1] : l->rows + 2 * TQ_MVE_LINES_ROWS, table);
    l->table[g] = table;
  }
}

void tq_mve_lines_lay(const tq_mve_lines *l, int32_t o) {
  const uint8_t *weights = l->weights + o % 8 * l->w_apart;
  const int32_t half = 4 / l->planes, taps = l->sizes.taps, mask = (1 << half * l->w_planes) - 1;
  const uint8_t *const rows = l->rows;
  const uint8_t **to = l->table;

  for (int32_t rest = taps / half; rest > 0; rest--, weights += half) *to++ = rows + 16 * (*weights & mask);
  if (taps % half > 0) *to++ = rows + 16 * (*weights & mask) + TQ_MVE_LINES_ROWS;
  if (l->sizes.bits == 8) lay_all(l, (int32_t)(to - l->table));
}
