#include "tq_sliced.h"
#include "tq_sliced_lookup.h"

#define HALF (2 * TQ_SLICED_WORD_ENTRIES) /* words of the table of the first and second of each four weights */

/* Lanes of input i: `there` 1 everywhere, or 0 if the channel does not exist; x = 1, 0, -1. */
#define INPUT(name, i)                                                                            \
  const uint32_t there_##name = (i) < channels ? ones : 0;                                        \
  const uint32_t low_##name = tq_in_register((not_zero[0] >> (i) & there_##name) -                \
                                             2 * (minus[0] >> (i) & there_##name));               \
  const uint32_t high_##name = tq_in_register((not_zero[1] >> (i) & there_##name) -               \
                                              2 * (minus[1] >> (i) & there_##name))
#define STEP(pattern, sign, name)                                 \
  do {                                                            \
    low = low sign low_##name;                                    \
    high = high sign high_##name;                                 \
    TQ_SLICED_STORE2(table, 2 * (pattern), low, high);            \
  } while (0)

/* 1 - x * w of two inputs, for the nine patterns that ternary weights have. A word of lanes adds up as a whole,
 * though x may be negative: the sums of lanes are not. */
#define ENTRIES(a, b)                                             \
  do {                                                            \
    uint32_t low = there_##a + there_##b, high = low;             \
    TQ_SLICED_STORE2(table, 0, low, high);                        \
    STEP(1, -, a);                                                \
    STEP(3, -, b);                                                \
    STEP(2, +, a);                                                \
    STEP(7, +, a);                                                \
    low += low_##b;                                               \
    high += high_##b;                                             \
    TQ_SLICED_STORE2(table, 2 * 5, low, high);                    \
    STEP(15, +, b);                                               \
    STEP(10, -, a);                                               \
    STEP(11, -, a);                                               \
  } while (0)

void tq_sliced_table_pairs(const uint32_t *slices, int32_t levels, int32_t nibbles, int32_t channels,
                           uint32_t *table) {
  static const uint32_t everywhere[2] = {UINT32_MAX, UINT32_MAX};
  const uint32_t ones = tq_in_register(0x11111111u);

  for (int32_t i = 0; i < nibbles; i++, slices += 2, table += 32, channels -= 4) {
    const uint32_t *const not_zero = levels == 3 ? slices : everywhere;
    const uint32_t *const minus = levels == 3 ? slices + 16 : slices;
    {
      INPUT(first, 0);
      INPUT(second, 1);
      ENTRIES(first, second);
    }
    {
      INPUT(third, 2);
      INPUT(fourth, 3);
      table += HALF;
      ENTRIES(third, fourth);
      table -= HALF;
    }
  }
}
