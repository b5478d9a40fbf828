#include "tq_swar_conv_2d.h"

/* Of one of the words of a tap's tile; written out, as a store of the smallest cores has its place in it. */
static inline void put_three(uint32_t *table, uint32_t sum, uint32_t c) {
  table[0] = sum - c;
  table[TQ_SWAR_WORDS] = sum;
  table[2 * TQ_SWAR_WORDS] = sum + c;
}

static inline uint32_t *put_nine(uint32_t *table, uint32_t sum, uint32_t b, uint32_t c) {
  put_three(table, sum - b, c);
  table += 3 * TQ_SWAR_WORDS;
  put_three(table, sum, c);
  table += 3 * TQ_SWAR_WORDS;
  put_three(table, sum + b, c);
  return table + 3 * TQ_SWAR_WORDS;
}

/* 27 sums of three taps. */
static void put_ternary(const uint32_t *x, uint32_t *table) {
  const uint32_t a = x[0], b = x[TQ_SWAR_WORDS], c = x[2 * TQ_SWAR_WORDS];

  table = put_nine(table, 0 - a, b, c);
  table = put_nine(table, 0, b, c);
  put_nine(table, a, b, c);
}

static inline uint32_t *put_four(uint32_t *table, uint32_t sum, uint32_t same, uint32_t other) {
  table[0] = sum + same;
  table[TQ_SWAR_WORDS] = sum - other;
  table[2 * TQ_SWAR_WORDS] = sum + other;
  table[3 * TQ_SWAR_WORDS] = sum - same;
  return table + 4 * TQ_SWAR_WORDS;
}

/* 16 sums of four taps. */
static void put_binary(const uint32_t *x, uint32_t *table) {
  const uint32_t same = x[0] + x[TQ_SWAR_WORDS], other = x[0] - x[TQ_SWAR_WORDS];
  const uint32_t c = x[2 * TQ_SWAR_WORDS], d = x[3 * TQ_SWAR_WORDS];

  table = put_four(table, c + d, same, other);
  table = put_four(table, d - c, same, other);
  table = put_four(table, c - d, same, other);
  put_four(table, 0 - c - d, same, other);
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
