#include "tq_sliced.h"
#include "tq_sliced_entries.h"

/* Lanes of an input: first where its bit is 1, and differs from weight bit 0; then what weight bit 1 changes. */
#define INPUT(i)                                                                                      \
  const uint32_t there_low##i = not_zero_low >> i & ones, there_high##i = not_zero_high >> i & ones;  \
  uint32_t low##i = minus[0] >> i & there_low##i, high##i = minus[1] >> i & there_high##i;            \
  low += low##i;                                                                                      \
  high += high##i;                                                                                    \
  low##i = tq_in_register(there_low##i - 2 * low##i);                                                 \
  high##i = tq_in_register(there_high##i - 2 * high##i)

TQ_SLICED_INLINE void tables(const uint32_t *minus, const uint32_t *there, int32_t step, int32_t nibbles,
                             int32_t channels, uint32_t *table) {
  const uint32_t ones = tq_in_register(0x11111111u);

  for (int32_t i = 0; i < nibbles; i++, minus += 2, table += 32, channels -= 4) {
    const uint32_t existing = tq_sliced_existing(channels);
    const uint32_t not_zero_low = there ? there[0] & existing : existing;
    const uint32_t not_zero_high = there ? there[1] & existing : existing;
    uint32_t low = 0, high = 0;
    if (there && step == 0) { /* half of the channels */
      const uint32_t half = (existing & ones) + (existing >> 2 & ones);
      low = half & ~there[0];
      high = half & ~there[1];
    }
    INPUT(0);
    INPUT(1);
    INPUT(2);
    INPUT(3);
    TQ_SLICED_ENTRIES(2, 0);
    if (there) there += step;
  }
}

void tq_sliced_table(const uint32_t *minus, const uint32_t *there, int32_t step, int32_t nibbles, int32_t channels,
                     uint32_t *table) {
  if (TQ_USED_HOLES && there) {
    tables(minus, there, step, nibbles, channels, table);
  } else {
    tables(minus, NULL, 0, nibbles, channels, table);
  }
}
