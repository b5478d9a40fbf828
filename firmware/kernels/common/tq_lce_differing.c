#include "tq_lce_block.h"

/* Carry-save counters of ones, one a bit: what each bit of `ones` counts 1, of `twos` 2, of `fours` 4; what
 * reached 8 is added up in the bytes of `eights`. */
typedef struct {
  uint32_t ones[TQ_LCE_POSITIONS], twos[TQ_LCE_POSITIONS], fours[TQ_LCE_POSITIONS], eights[TQ_LCE_POSITIONS];
} counters;

#define MOST_EIGHTS 31 /* additions of up to 8 to a byte */

/* Ones of each byte. */
static inline uint32_t ones_of_bytes(uint32_t x) {
  x -= x >> 1 & 0x55555555u;
  x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
  return (x + (x >> 4)) & 0x0f0f0f0fu;
}

static inline uint32_t sum_of_bytes(uint32_t x) {
  x = (x & 0x00ff00ffu) + (x >> 8 & 0x00ff00ffu);
  return (x + (x >> 16)) & 0xffffu;
}

/* *sum and two more bits: *sum becomes the low one of the result, the high one is returned. */
static inline uint32_t full_add(uint32_t *sum, uint32_t a, uint32_t b) {
  const uint32_t either = a ^ b, carry = (a & b) | (either & *sum);
  *sum ^= either;
  return carry;
}

static inline uint32_t half_add(uint32_t *sum, uint32_t a) {
  const uint32_t carry = *sum & a;
  *sum ^= a;
  return carry;
}

static inline void add_eight(const uint32_t *restrict x, const int32_t *restrict filter, counters *restrict c) {
  enum { P = TQ_LCE_POSITIONS };
  const uint32_t w0 = (uint32_t)filter[0], w1 = (uint32_t)filter[1], w2 = (uint32_t)filter[2];
  const uint32_t w3 = (uint32_t)filter[3], w4 = (uint32_t)filter[4], w5 = (uint32_t)filter[5];
  const uint32_t w6 = (uint32_t)filter[6], w7 = (uint32_t)filter[7];

  for (int32_t p = 0; p < P; p++) {
    uint32_t ones = c->ones[p], twos = c->twos[p], fours = c->fours[p];
    const uint32_t two_a = full_add(&ones, x[p] ^ w0, x[P + p] ^ w1);
    const uint32_t two_b = full_add(&ones, x[2 * P + p] ^ w2, x[3 * P + p] ^ w3);
    const uint32_t four_a = full_add(&twos, two_a, two_b);
    const uint32_t two_c = full_add(&ones, x[4 * P + p] ^ w4, x[5 * P + p] ^ w5);
    const uint32_t two_d = full_add(&ones, x[6 * P + p] ^ w6, x[7 * P + p] ^ w7);
    const uint32_t four_b = full_add(&twos, two_c, two_d);
    c->eights[p] += ones_of_bytes(full_add(&fours, four_a, four_b));
    c->ones[p] = ones;
    c->twos[p] = twos;
    c->fours[p] = fours;
  }
}

/* At most seven of these after the eights: 8 is passed at most once. */
static inline void add_one(const uint32_t *restrict x, uint32_t w, counters *restrict c) {
  for (int32_t p = 0; p < TQ_LCE_POSITIONS; p++) {
    const uint32_t two = half_add(&c->ones[p], x[p] ^ w);
    const uint32_t four = half_add(&c->twos[p], two);
    c->eights[p] += ones_of_bytes(half_add(&c->fours[p], four));
  }
}

static inline void take_eights(counters *restrict c, int32_t *restrict bits) {
  for (int32_t p = 0; p < TQ_LCE_POSITIONS; p++) {
    bits[p] += (int32_t)(8 * sum_of_bytes(c->eights[p]));
    c->eights[p] = 0;
  }
}

void tq_lce_differing(const tq_lce_block *block, const int32_t *filter, int32_t bits[TQ_LCE_POSITIONS]) {
  counters c = {{0}, {0}, {0}, {0}};
  int32_t done = 0, additions = 0;

  for (int32_t p = 0; p < TQ_LCE_POSITIONS; p++) bits[p] = 0;
  for (; done + 8 <= block->filter_words; done += 8) {
    add_eight(block->words + done * TQ_LCE_POSITIONS, filter + done, &c);
    if (++additions == MOST_EIGHTS) {
      take_eights(&c, bits);
      additions = 0;
    }
  }
  take_eights(&c, bits);
  for (; done < block->filter_words; done++) {
    add_one(block->words + done * TQ_LCE_POSITIONS, (uint32_t)filter[done], &c);
  }
  take_eights(&c, bits);
  for (int32_t p = 0; p < TQ_LCE_POSITIONS; p++) {
    const uint32_t bytes = ones_of_bytes(c.ones[p]) + 2 * ones_of_bytes(c.twos[p]) + 4 * ones_of_bytes(c.fours[p]);
    bits[p] += (int32_t)sum_of_bytes(bytes);
  }
}
