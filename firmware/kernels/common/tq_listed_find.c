#include "tq_bits.h"
#include "tq_listed.h"
#include "tq_sliced_lookup.h"

/* Appends the places of a word's bits; `first` is that of bit 0. */
static inline uint32_t *put(uint32_t *places, uint32_t bits, uint32_t first) {
#if defined(__ARM_FEATURE_CLZ) || (defined(__GNUC__) && !defined(__arm__))
  const uint32_t top = tq_in_register(0x80000000u), last = first + 4 * (TQ_WORD_BITS - 1);
  while (bits != 0) {
    const uint32_t zeros = (uint32_t)__builtin_clz(bits);
    *places++ = last - 4 * zeros;
    bits &= ~(top >> zeros);
  }
#else
  for (; bits != 0; bits >>= 1, first += 4) {
    if (bits & 1) *places++ = first;
  }
#endif
  return places;
}

/* The bits of a plane that are not those of `other`, or if there is NULL, 0. */
TQ_SLICED_INLINE uint32_t *put_ones(uint32_t *places, const int32_t *plane, const int32_t *other, int32_t inputs) {
  const uint32_t end = 4 * (uint32_t)inputs;

  for (uint32_t first = 0; first < end; first += 4 * TQ_WORD_BITS) {
    places = put(places, (uint32_t)*plane++ ^ (other ? (uint32_t)*other++ : 0), first);
  }
  return places;
}

static uint32_t *put_zeros(uint32_t *places, const int32_t *plane, int32_t inputs) {
  for (uint32_t first = 0; inputs > 0; inputs -= TQ_WORD_BITS, first += 4 * TQ_WORD_BITS) {
    const uint32_t bits = ~(uint32_t)*plane++;
    places = put(places, inputs < TQ_WORD_BITS ? bits & ((1u << inputs) - 1) : bits, first);
  }
  return places;
}

int32_t tq_listed_find(const int32_t *planes, int32_t apart, int32_t inputs, tq_listed_inputs *list) {
  uint32_t *const places = list->places, *minus, *end;
  int32_t bit = 1;

  if (apart == 0) {
    end = minus = put_ones(places, planes, NULL, inputs);
    if (8 * (minus - places) > 5 * inputs) { /* so many that another list takes less */
      end = minus = put_zeros(places, planes, inputs);
      bit = -1;
    }
  } else {
    minus = put_ones(places, planes, planes + apart, inputs);
    end = put_ones(minus, planes + apart, NULL, inputs);
  }
  list->plus = (int32_t)(minus - places);
  list->minus = (int32_t)(end - minus);
  return bit;
}
