#include "tq_swar_dense.h"

/* Written out, as a store of the smallest cores has its place in it. */
static inline void put_three(int16_t *table, int32_t sum, int32_t c) {
  table[0] = (int16_t)(sum - c);
  table[1] = (int16_t)sum;
  table[2] = (int16_t)(sum + c);
}

static int16_t *put_ternary(const int8_t *x, int16_t *table) {
  const int32_t a = x[0], b = x[1], c = x[2];

  put_three(table, -a - b, c);
  put_three(table + 3, -a, c);
  put_three(table + 6, b - a, c);
  put_three(table + 9, -b, c);
  put_three(table + 12, 0, c);
  put_three(table + 15, b, c);
  put_three(table + 18, a - b, c);
  put_three(table + 21, a, c);
  put_three(table + 24, a + b, c);
  return table + 27;
}

static inline void put_four(int16_t *table, int32_t sum, int32_t same, int32_t other) {
  table[0] = (int16_t)(sum + same);
  table[1] = (int16_t)(sum - other);
  table[2] = (int16_t)(sum + other);
  table[3] = (int16_t)(sum - same);
}

static int16_t *put_binary(const int8_t *x, int16_t *table) {
  const int32_t same = x[0] + x[1], other = x[0] - x[1], c = x[2], d = x[3];

  put_four(table, c + d, same, other);
  put_four(table + 4, d - c, same, other);
  put_four(table + 8, c - d, same, other);
  put_four(table + 12, -c - d, same, other);
  return table + 16;
}

void tq_swar_dense_tables(const int8_t *input, int32_t count, int32_t units, int ternary, int16_t *tables) {
  const int32_t taps = tq_swar_ternary(ternary) ? 3 : 4;

  for (int32_t i = units * tq_swar_fields(ternary); i > 0; i--, input += taps, count -= taps) {
    int8_t last[4] = {0, 0, 0, 0};
    for (int32_t k = 0; count < taps && k < count; k++) last[k] = input[k];
    const int8_t *const x = count < taps ? last : input;
    tables = tq_swar_ternary(ternary) ? put_ternary(x, tables) : put_binary(x, tables);
  }
}
