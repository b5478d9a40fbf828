#include "tq_sliced_adders.h"
#include "tq_sliced_lines.h"

#define AT(plane, place) (*(const uint32_t *)(const void *)((const char *)(plane) + (place)))

#if defined(__GNUC__)
#define THEN(x) __asm__ volatile("" : "+r"(x) : : "memory") /* or all is loaded first, and spilled */
#else
#define THEN(x) (void)(x)
#endif

/* Four numbers: carries of weight 4, which `four` does not have yet, and of weight 8. */
#define FOUR_NUMBERS(i, carry_four, carry_eight)                             \
  do {                                                                       \
    const int32_t p_ = list[i], q_ = list[(i) + 1], r_ = list[(i) + 2], s_ = list[(i) + 3]; \
    uint32_t x_, y_;                                                         \
    TQ_SLICED_FULL(one, AT(seen, p_), AT(seen, q_), x_);                     \
    THEN(x_);                                                                \
    TQ_SLICED_FULL(one, AT(seen, r_), AT(seen, s_), y_);                     \
    TQ_SLICED_FULL(two, x_, y_, x_);                                         \
    THEN(x_);                                                                \
    TQ_SLICED_FULL(two, AT(second, p_), AT(second, q_), y_);                 \
    TQ_SLICED_FULL(four, x_, y_, carry_eight);                               \
    THEN(carry_eight);                                                       \
    TQ_SLICED_FULL(two, AT(second, r_), AT(second, s_), carry_four);         \
    THEN(carry_four);                                                        \
  } while (0)

void tq_sliced_lines_add_both(const uint32_t *seen, int32_t apart, const uint16_t *list, int32_t fours,
                              uint32_t *counts) {
  const uint32_t *const second = seen + apart;
  uint32_t one = counts[0], two = counts[1], four = counts[2], fours_a, fours_b, eights_a, eights_b;

  for (; fours >= 2; fours -= 2, list += 8) {
    FOUR_NUMBERS(0, fours_a, eights_a);
    FOUR_NUMBERS(4, fours_b, eights_b);
    TQ_SLICED_FULL(four, fours_a, fours_b, fours_a);
    TQ_SLICED_FULL(counts[3], eights_a, eights_b, eights_a);
    TQ_SLICED_HALF(counts[3], fours_a);
    TQ_SLICED_FULL(counts[4], eights_a, fours_a, eights_a);
    tq_sliced_ripple(counts + 5, eights_a);
  }
  if (fours > 0) {
    FOUR_NUMBERS(0, fours_a, eights_a);
    TQ_SLICED_HALF(four, fours_a);
    TQ_SLICED_FULL(counts[3], eights_a, fours_a, eights_a);
    tq_sliced_ripple(counts + 4, eights_a);
  }
  counts[0] = one;
  counts[1] = two;
  counts[2] = four;
}
