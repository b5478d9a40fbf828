#include "tq_swar_conv_2d.h"

/* One of the words of a tap's tile: 27 sums of three taps. */
static void put_ternary(const uint32_t *x, uint32_t *table) {
  const uint32_t a = x[0], b = x[TQ_SWAR_WORDS], c = x[2 * TQ_SWAR_WORDS];
  uint32_t rows = 0 - a;

  for (int32_t i = 0; i < 3; i++, rows += a) {
    uint32_t sum = rows - b - c;
    for (int32_t j = 0; j < 3; j++, sum += b - 2 * c) {
      table[0] = sum;
      table[TQ_SWAR_WORDS] = sum += c;
      table[2 * TQ_SWAR_WORDS] = sum += c;
      table += 3 * TQ_SWAR_WORDS;
    }
  }
}

/* 16 sums of four taps. */
static void put_binary(const uint32_t *x, uint32_t *table) {
  const uint32_t same = x[0] + x[TQ_SWAR_WORDS], other = x[0] - x[TQ_SWAR_WORDS];
  const uint32_t c = x[2 * TQ_SWAR_WORDS], d = x[3 * TQ_SWAR_WORDS];
  const uint32_t rows[4] = {c + d, d - c, c - d, 0 - c - d};

  for (int32_t i = 0; i < 4; i++, table += 4 * TQ_SWAR_WORDS) {
    table[0] = rows[i] + same;
    table[TQ_SWAR_WORDS] = rows[i] - other;
    table[2 * TQ_SWAR_WORDS] = rows[i] + other;
    table[3 * TQ_SWAR_WORDS] = rows[i] - same;
  }
}

void tq_swar_set_tables(const uint32_t *x, int32_t units, int ternary, uint32_t *tables) {
  const int32_t taps = tq_swar_ternary(ternary) ? 3 : 4;

  for (int32_t i = units * tq_swar_fields(ternary); i > 0; i--) {
    for (int32_t k = 0; k < TQ_SWAR_WORDS; k++) {
      if (tq_swar_ternary(ternary)) {
        put_ternary(x + k, tables + k);
      } else {
        put_binary(x + k, tables + k);
      }
    }
    x += taps * TQ_SWAR_WORDS;
    tables += tq_swar_entries(ternary) * TQ_SWAR_WORDS;
  }
}
