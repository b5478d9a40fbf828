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

void tq_mve_lines_lay(const tq_mve_lines *l, int32_t o) {
  const uint8_t *const weights = l->weights + o % 8 * l->w_apart, *first = NULL;
  const int32_t half = 4 / l->planes, taps = l->sizes.taps, mask = (1 << half * l->w_planes) - 1;
  const uint8_t **to = l->table;
  uint8_t *table = l->tables;

  for (int32_t tap = 0; tap < taps; tap += half) {
    const uint8_t *const row = l->rows + 16 * (weights[tap] & mask) + (taps - tap < half ? TQ_MVE_LINES_ROWS : 0);
    if (l->sizes.bits == 4) {
      *to++ = row;
    } else if (first) {
      lay(first, row, table);
      *to++ = table;
      table += TQ_MVE_LINES_ENTRIES;
      first = NULL;
    } else {
      first = row;
    }
  }
  if (!first) return;
  lay(first, l->rows + 2 * TQ_MVE_LINES_ROWS, table);
  *to = table;
}
