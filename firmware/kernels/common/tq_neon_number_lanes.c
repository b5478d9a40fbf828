#include "tq_neon_depthwise_bits.h"

/* What is in `mask` of b and what of a lies `shift` above it change places. */
#define SWAP(a, b, shift, mask)                                   \
  do {                                                            \
    const tq_lanes above_ = tq_lanes_of(mask, (a) >> (shift), b); \
    (a) = tq_lanes_of(mask, a, (b) << (shift));                   \
    (b) = above_;                                                 \
  } while (0)

/* Bit k of byte i of digit m -> bit m of byte i of number k. */
static inline void turn(tq_lanes n[8]) {
  const tq_lanes nibbles = tq_lanes_each(0x0f), pairs = tq_lanes_each(0x33), bits = tq_lanes_each(0x55);

#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) SWAP(n[i], n[i + 4], 4, nibbles);
#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) SWAP(n[i + i / 2 * 2], n[i + i / 2 * 2 + 2], 2, pairs);
#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) SWAP(n[2 * i], n[2 * i + 1], 1, bits);
}

#if TQ_NEON

static inline uint16x8_t zipped(tq_lanes a, tq_lanes b, int32_t second) {
  return vreinterpretq_u16_u8(second ? vzip2q_u8(a, b) : vzip1q_u8(a, b));
}

/* Byte i of number k -> byte 8 * i + k. */
static inline void put(const tq_lanes n[8], uint8_t *to) {
#pragma GCC unroll 2
  for (int32_t i = 0; i < 2; i++) {
    const uint16x8x4_t four = {
        {zipped(n[0], n[1], i), zipped(n[2], n[3], i), zipped(n[4], n[5], i), zipped(n[6], n[7], i)}};
    vst4q_u16((uint16_t *)(void *)(to + 64 * i), four);
  }
}

#else

static inline void put(const tq_lanes n[8], uint8_t *to) {
  for (int32_t k = 0; k < 8; k++) {
    uint8_t bytes[sizeof(tq_lanes)];
    tq_put_lanes(bytes, n[k]);
    for (int32_t i = 0; i < TQ_LANES; i++) to[8 * i + k] = bytes[i];
  }
}

#endif

void tq_neon_number_lanes(const tq_lanes_layer *layer, const tq_lanes *counts, uint8_t *numbers) {
  for (int32_t first = 0; first < layer->digits; first += 8, numbers += tq_lanes_numbers(layer->pixel)) {
    tq_lanes n[8];
#pragma GCC unroll 8
    for (int32_t i = 0; i < 8; i++) n[i] = first + i < layer->digits ? counts[first + i] : tq_no_lanes();
    turn(n);
    put(n, numbers);
  }
}
