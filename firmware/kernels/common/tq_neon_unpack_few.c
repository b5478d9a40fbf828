#include "tq_neon_few.h"
#include "tq_neon_few_digits.h"

#if TQ_NEON

/* Whole blocks; returns how many weights those are. */
TQ_INLINE int32_t blocks(const uint8_t *packed, int32_t bits, int32_t count, const int8_t *table, int8_t *weights) {
  const int32_t some = 16 * tq_few_digits(bits), bytes = 16 * tq_few_unit(bits);
  const int8x16x2_t tables = tq_neon_few_tables(table, bits);
  int8x16_t w[TQ_FEW_MOST_DIGITS];
  int32_t done = 0;

  for (; done + some <= count; done += some, packed += bytes, weights += some) {
    tq_neon_few_weights(packed, bits, tables, w);
    if (bits == 2) {
      vst4q_s8(weights, (int8x16x4_t){{w[0], w[1], w[2], w[3]}});
    } else if (bits == 4) {
      vst2q_s8(weights, (int8x16x2_t){{w[0], w[1]}});
    } else { /* w[i] and w[i + 4] by turns */
      const int8x16x4_t first = {{vzip1q_s8(w[0], w[4]), vzip1q_s8(w[1], w[5]), vzip1q_s8(w[2], w[6]),
                                  vzip1q_s8(w[3], w[7])}};
      const int8x16x4_t second = {{vzip2q_s8(w[0], w[4]), vzip2q_s8(w[1], w[5]), vzip2q_s8(w[2], w[6]),
                                   vzip2q_s8(w[3], w[7])}};
      vst4q_s8(weights, first);
      vst4q_s8(weights + 64, second);
    }
  }
  return done;
}

#else

static int32_t blocks(const uint8_t *packed, int32_t bits, int32_t count, const int8_t *table, int8_t *weights) {
  (void)packed, (void)bits, (void)count, (void)table, (void)weights;
  return 0;
}

#endif

TQ_INLINE void unpack(const uint8_t *packed, int32_t bits, int32_t first, int32_t count, const int8_t *table,
                      int8_t *weights) {
  const int32_t beside = first % 8 == 0 ? 0 : 8 - first % 8, head = beside < count ? beside : count;
  int32_t done = head;

  tq_unpack_few(bits, packed, first, head, table, weights);
  done += blocks(packed + (first + done) * bits / 8, bits, count - done, table, weights + done);
  tq_unpack_few(bits, packed, first + done, count - done, table, weights + done);
}

/* Neighbours that have the same table are one run. */
void tq_neon_unpack_few(const tq_table_weights *weights, int8_t *unpacked) {
  const tq_table_weights w = *weights;

  for (int32_t channel = 0, end; channel < w.channels; channel = end) {
    const int8_t *const table = tq_table_of(w.tables, w.levels, channel, w.bits);
    for (end = channel + 1; end < w.channels && w.levels[end] == w.levels[channel];) end++;
    const int32_t first = channel * w.run, count = (end - channel) * w.run;
    switch (w.bits) {
      case 2: unpack(w.packed, 2, first, count, table, unpacked + first); break;
      case 3: unpack(w.packed, 3, first, count, table, unpacked + first); break;
      default: unpack(w.packed, 4, first, count, table, unpacked + first);
    }
  }
}
