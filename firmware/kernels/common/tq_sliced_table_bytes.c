#include "tq_bits.h"
#include "tq_sliced.h"
#include "tq_sliced_entries.h"

#define ONES 0x01010101u

/* Signs of four inputs times their factors, in lanes that were even (low) and odd nibbles (high). */
typedef struct {
  uint32_t low[4], high[4];
} signs;

/* Adds a plane whose factor is 2^shift. */
static inline void add_plane(signs *sums, uint32_t plane, int32_t shift) {
  for (int32_t i = 0; i < 4; i++) {
    sums->low[i] += (plane >> i & ONES) << shift;
    sums->high[i] += (plane >> (i + 4) & ONES) << shift;
  }
}

static inline signs signs_of(const uint32_t *slices, int32_t levels, int32_t planes) {
  signs sums = {{0}, {0}};

  if (levels == 3) {
    add_plane(&sums, slices[16], 0);
    add_plane(&sums, slices[16] | ~slices[0], 0); /* minus, or 0 */
  } else {
    for (int32_t m = 0; m < planes; m++) add_plane(&sums, slices[16 * m], m);
  }
  return sums;
}

#define INPUT(i)                                                                       \
  const uint32_t there##i = i < channels ? UINT32_MAX : 0;                             \
  uint32_t low##i = sums.low[i] & there##i, high##i = sums.high[i] & there##i;         \
  low += low##i;                                                                       \
  high += high##i;                                                                     \
  low##i = tq_in_register((peak & there##i) - 2 * low##i);                             \
  high##i = tq_in_register((peak & there##i) - 2 * high##i)

void tq_sliced_table_bytes(const uint32_t *slices, int32_t levels, int32_t nibbles, int32_t channels,
                           uint32_t *table) {
  const int32_t planes = tq_bits_planes(levels);
  const uint32_t peak = (uint32_t)tq_sliced_peak(levels) * ONES;

  for (int32_t i = 0; i < 2 * nibbles; i++, slices++) { /* two words of a nibble's four */
    const signs sums = signs_of(slices, levels, planes);
    uint32_t low = 0, high = 0;
    INPUT(0);
    INPUT(1);
    INPUT(2);
    INPUT(3);
    TQ_SLICED_ENTRIES(4, 0);
    table += 2;
    if (i % 2) {
      table += 60;
      channels -= 4;
    }
  }
}
