#include "tq_sliced.h"
#include "tq_sliced_entries.h"

/* Lanes of an input: first where its bit is 1, and differs from weight bit 0; then what weight bit 1 changes. */
#define INPUT(i)                                                                    \
  const uint32_t there##i = i < channels ? ones : 0;                                \
  uint32_t low##i = slices[0] >> i & there##i, high##i = slices[1] >> i & there##i; \
  low += low##i;                                                                    \
  high += high##i;                                                                  \
  low##i = tq_in_register(there##i - 2 * low##i);                                   \
  high##i = tq_in_register(there##i - 2 * high##i)

void tq_sliced_table(const uint32_t *slices, int32_t nibbles, int32_t channels, uint32_t *table) {
  const uint32_t ones = tq_in_register(0x11111111u);

  for (int32_t i = 0; i < nibbles; i++, slices += 2, table += 32, channels -= 4) {
    uint32_t low = 0, high = 0;
    INPUT(0);
    INPUT(1);
    INPUT(2);
    INPUT(3);
    TQ_SLICED_ENTRIES(2, 0);
  }
}
