/* A register of single bits, each a lane of its own: of NEON, or elsewhere of 64 bits. */
#ifndef TQ_NEON_LANES_H
#define TQ_NEON_LANES_H

#include <stdint.h>
#include <string.h>

#include "tq_neon.h"

#if TQ_NEON

typedef uint8x16_t tq_lanes;

static inline tq_lanes tq_lanes_at(const uint8_t *from) { return vld1q_u8(from); }
static inline void tq_put_lanes(uint8_t *to, tq_lanes lanes) { vst1q_u8(to, lanes); }
static inline tq_lanes tq_lanes_each(uint8_t byte) { return vdupq_n_u8(byte); }

/* a where bits of which are 1, b where they are 0. */
static inline tq_lanes tq_lanes_of(tq_lanes which, tq_lanes a, tq_lanes b) { return vbslq_u8(which, a, b); }

#else

typedef uint64_t tq_lanes;

static inline tq_lanes tq_lanes_at(const uint8_t *from) {
  tq_lanes lanes;
  memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
static inline void tq_put_lanes(uint8_t *to, tq_lanes lanes) { memcpy(to, &lanes, sizeof lanes); }
static inline tq_lanes tq_lanes_each(uint8_t byte) { return byte * (UINT64_MAX / UINT8_MAX); }
static inline tq_lanes tq_lanes_of(tq_lanes which, tq_lanes a, tq_lanes b) { return b ^ ((a ^ b) & which); }

#endif

#define TQ_LANES ((int32_t)sizeof(tq_lanes)) /* bytes */
#define TQ_MOST_LANES 16

static inline tq_lanes tq_no_lanes(void) { return tq_lanes_each(0); }

/* sum + a + b = sum' + 2 * what is returned. */
static inline tq_lanes tq_add_lanes(tq_lanes *sum, tq_lanes a, tq_lanes b) {
  const tq_lanes unequal = a ^ b, carry = tq_lanes_of(unequal, *sum, a);
  *sum ^= unequal;
  return carry;
}

/* sum + a = sum' + 2 * what is returned. */
static inline tq_lanes tq_carry_lanes(tq_lanes *sum, tq_lanes a) {
  const tq_lanes carry = *sum & a;
  *sum ^= a;
  return carry;
}

/* Counters, digit by digit, of which [digits, end) are the higher ones: adds 0 or 1 to each. */
static inline void tq_ripple_lanes(tq_lanes *digits, const tq_lanes *end, tq_lanes carry) {
  for (; digits < end; digits++) carry = tq_carry_lanes(digits, carry);
}

#endif
