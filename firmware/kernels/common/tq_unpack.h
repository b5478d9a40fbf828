/* Packed weights -> codes; the format is that of tinyq/core/packing.py. */
#ifndef TQ_UNPACK_H
#define TQ_UNPACK_H

#include <stdint.h>

/* A byte of five ternary codes is the fraction v / 243 (rounded up to 8 bits), v = sum (code_i + 1) *
 * 3^(4 - i). Moved to the top of 32 bits, each multiplication by 3 carries the next code plus one out. */
static inline uint32_t tq_ternary_fraction(uint8_t byte) { return (uint32_t)byte << 24; }

/* The number 3, unknown to the compiler: it would make shifts and 64-bit additions out of a multiplication
 * whose two halves are just what tq_next_trit wants. */
static inline uint32_t tq_three(void) {
  volatile uint32_t three = 3;
  return three;
}

/* Takes the next code plus one, 0..2, out of the fraction; three: tq_three(). */
static inline int32_t tq_next_trit(uint32_t *fraction, uint32_t three) {
  const uint64_t product = (uint64_t)*fraction * three;
  *fraction = (uint32_t)product;
  return (int32_t)(product >> 32);
}

/* Unpack the codes [first, first + count) into `codes`, int8 [count]. */
typedef void tq_unpack(const uint8_t *packed, int32_t first, int32_t count, int8_t *codes);
tq_unpack tq_unpack_ternary, tq_unpack_binary;

#endif
