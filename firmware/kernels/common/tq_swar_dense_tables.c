#include "tq_swar_dense.h"

/* Entry `at` and the next two. gcc 12 extends the signs of all sums and stores them late, from the stack. */
#if TQ_SWAR_THUMB
#define PUT_THREE(at, sum)                                                                          \
  __asm__ volatile(".syntax unified\n"                                                              \
                   "subs %0, %1, %2\n"                                                              \
                   "strh %0, [%3, %4]\n"                                                            \
                   "strh %1, [%3, %5]\n"                                                            \
                   "adds %0, %1, %2\n"                                                              \
                   "strh %0, [%3, %6]\n"                                                            \
                   : "=&l"(spare)                                                                   \
                   : "l"(sum), "l"(c), "l"(table), "i"(2 * (at)), "i"(2 * (at) + 2), "i"(2 * (at) + 4) \
                   : "cc", "memory")
#else
#define PUT_THREE(at, sum)                   \
  do {                                       \
    spare = (sum);                           \
    table[at] = (int16_t)(spare - c);        \
    table[(at) + 1] = (int16_t)spare;        \
    table[(at) + 2] = (int16_t)(spare + c);  \
  } while (0)
#endif

static int16_t *put_ternary(const int8_t *x, int16_t *table) {
  const int32_t a = x[0], b = x[1], c = x[2];
  int32_t spare;

  PUT_THREE(0, -a - b);
  PUT_THREE(3, -a);
  PUT_THREE(6, b - a);
  PUT_THREE(9, -b);
  PUT_THREE(12, 0);
  PUT_THREE(15, b);
  PUT_THREE(18, a - b);
  PUT_THREE(21, a);
  PUT_THREE(24, a + b);
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
