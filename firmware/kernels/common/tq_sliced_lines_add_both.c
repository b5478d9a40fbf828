#include "tq_sliced_adders.h"
#include "tq_sliced_lines.h"

#define LOW(i) (*(const uint32_t *)(const void *)((const char *)seen + list[i]))
#define HIGH(i) (*(const uint32_t *)(const void *)((const char *)second + list[i]))

#if defined(__GNUC__)
#define THEN(x) __asm__ volatile("" : "+r"(x) : : "memory") /* or all is loaded first, and spilled */
#else
#define THEN(x) (void)(x)
#endif

void tq_sliced_lines_add_both(const uint32_t *seen, int32_t apart, const uint16_t *list, int32_t fours,
                              uint32_t *counts) {
  const uint32_t *const second = seen + apart;
  uint32_t one = counts[0], two = counts[1], four = counts[2], a, b, low, high;

  for (; fours > 0; fours--, list += 4) {
    TQ_SLICED_FULL(one, LOW(0), LOW(1), a);
    THEN(a);
    TQ_SLICED_FULL(one, LOW(2), LOW(3), b);
    TQ_SLICED_FULL(two, a, b, low);
    THEN(low);
    TQ_SLICED_FULL(two, HIGH(0), HIGH(1), high);
    TQ_SLICED_FULL(four, low, high, a);
    THEN(a);
    TQ_SLICED_FULL(two, HIGH(2), HIGH(3), low);
    TQ_SLICED_HALF(four, low);
    THEN(four);
    TQ_SLICED_FULL(counts[3], a, low, a);
    tq_sliced_ripple(counts + 4, a);
  }
  counts[0] = one;
  counts[1] = two;
  counts[2] = four;
}
