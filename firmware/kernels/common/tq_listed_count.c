#include "tq_listed.h"
#include "tq_sliced_adders.h"
#include "tq_sliced_lookup.h"

/* Word i of those at the places, or if not listed, one behind another. */
#define AT(place) (*(const uint32_t *)(const void *)((const char *)words + (place)))
#define TWO(i, carry)                                                \
  do {                                                               \
    uint32_t first_, second_;                                        \
    if (listed) {                                                    \
      TQ_SLICED_FETCH2(first_, second_, places, i);                  \
      TQ_SLICED_FULL(ones, AT(first_), AT(second_), carry);          \
    } else {                                                         \
      TQ_SLICED_FETCH2(first_, second_, words, i);                   \
      TQ_SLICED_FULL(ones, first_, second_, carry);                  \
    }                                                                \
  } while (0)
#define FOUR(i, carry)                                               \
  do {                                                               \
    uint32_t low_, high_;                                            \
    TWO(i, low_);                                                    \
    TWO((i) + 2, high_);                                             \
    TQ_SLICED_FULL(twos, low_, high_, carry);                        \
  } while (0)

/* Adds words to three digits; carries, for each eight of them, may take the place of the words. Returns their end. */
TQ_SLICED_INLINE uint32_t *add(const uint32_t *words, int listed, const uint32_t *places, int32_t count,
                               uint32_t *digits, uint32_t *carries) {
  uint32_t ones = digits[0], twos = digits[1], fours = digits[2], eights = 0;

  for (; count >= 8; count -= 8) {
    uint32_t first, second, carry;
    FOUR(0, first);
    FOUR(4, second);
    TQ_SLICED_FULL(fours, first, second, carry);
    *carries++ = carry;
    if (listed) {
      places += 8;
    } else {
      words += 8;
    }
  }
  for (int32_t i = 0; i < count; i++) {
    uint32_t bits = listed ? AT(places[i]) : words[i];
    TQ_SLICED_HALF(ones, bits);
    TQ_SLICED_HALF(twos, bits);
    TQ_SLICED_HALF(fours, bits);
    eights |= bits; /* a lane's 7 and at most 7 more carry once */
  }
  if (eights != 0) *carries++ = eights;
  digits[0] = ones;
  digits[1] = twos;
  digits[2] = fours;
  return carries;
}

void tq_listed_count(const tq_listed_inputs *list, const int32_t *plus, const int32_t *minus, uint32_t *counts) {
  uint32_t *const carries = list->carries, *end = carries;
  const uint32_t *const places[2] = {list->places, list->places + list->plus};
  const int32_t *const words[2] = {plus, minus};
  const int32_t listed[2] = {plus ? list->plus : 0, minus ? list->minus : 0};

  counts[0] = counts[1] = counts[2] = 0;
  for (int32_t i = 0; i < 2; i++) end = add((const uint32_t *)words[i], 1, places[i], listed[i], counts, end);
  for (uint32_t *const all = counts + TQ_LISTED_DIGITS; (counts += 3) < all;) {
    counts[0] = counts[1] = counts[2] = 0;
    end = add(carries, 0, NULL, (int32_t)(end - carries), counts, carries);
  }
}
