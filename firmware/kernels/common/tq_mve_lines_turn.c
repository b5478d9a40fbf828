#include "tq_mve_lines.h"

#if TQ_MVE

/* Exchanges bits of b and those of a that are `by` higher, a constant. */
#define EXCHANGE(a, b, by, bits)                                                \
  do {                                                                          \
    const uint8x16_t differs_ = vandq_u8(veorq_u8(vshrq_n_u8(a, by), b), bits); \
    (b) = veorq_u8(b, differs_);                                                \
    (a) = veorq_u8(a, vshlq_n_u8(differs_, by));                                \
  } while (0)

/* Sixteen bytes of four lines, each of them the nibbles of two, are turned nibble by nibble. */
#define TURN(a, b, c, d)                                        \
  do {                                                          \
    const uint8x16_t twos_ = vdupq_n_u8(0x33), ones_ = vdupq_n_u8(0x55); \
    EXCHANGE(a, c, 2, twos_);                                   \
    EXCHANGE(b, d, 2, twos_);                                   \
    EXCHANGE(a, b, 1, ones_);                                   \
    EXCHANGE(c, d, 1, ones_);                                   \
  } while (0)

/* Bits 0 to 3, or 4 to 7, of eight lines. */
#define TURN_EIGHT(nibbles)                                               \
  do {                                                                    \
    uint8x16_t a_ = nibbles(vldrbq_u8(first), vldrbq_u8(first + on));     \
    uint8x16_t b_ = nibbles(vldrbq_u8(second), vldrbq_u8(second + on));   \
    uint8x16_t c_ = nibbles(vldrbq_u8(third), vldrbq_u8(third + on));     \
    uint8x16_t d_ = nibbles(vldrbq_u8(fourth), vldrbq_u8(fourth + on));   \
    TURN(a_, b_, c_, d_);                                                 \
    vstrbq_u8(at, a_);                                                    \
    vstrbq_u8(at += apart, b_);                                           \
    vstrbq_u8(at += apart, c_);                                           \
    vstrbq_u8(at += apart, d_);                                           \
  } while (0)

static void turn_eight(const uint8_t *first, const uint8_t *second, const uint8_t *third, const uint8_t *fourth,
                       int32_t on, int32_t count, uint8_t *to, int32_t apart) {
  for (; count > 0; count -= 16, first += 16, second += 16, third += 16, fourth += 16, to += 16) {
    uint8_t *at = to;
    TURN_EIGHT(tq_sixteen_lower);
    at += apart;
    TURN_EIGHT(tq_sixteen_upper);
  }
}

static void turn_four(const uint8_t *first, const uint8_t *second, const uint8_t *third, const uint8_t *fourth,
                      int32_t count, uint8_t *to, int32_t apart) {
  const uint8x16_t lower = vdupq_n_u8(15);

  for (; count > 0; count -= 16, first += 16, second += 16, third += 16, fourth += 16, to += 16) {
    uint8x16_t a = vldrbq_u8(first), b = vldrbq_u8(second), c = vldrbq_u8(third), d = vldrbq_u8(fourth);
    uint8_t *at = to;
    TURN(a, b, c, d);
    vstrbq_u8(at, vandq_u8(a, lower));
    vstrbq_u8(at += apart, vandq_u8(b, lower));
    vstrbq_u8(at += apart, vandq_u8(c, lower));
    vstrbq_u8(at += apart, vandq_u8(d, lower));
    vstrbq_u8(at += apart, vshrq_n_u8(a, 4));
    vstrbq_u8(at += apart, vshrq_n_u8(b, 4));
    vstrbq_u8(at += apart, vshrq_n_u8(c, 4));
    vstrbq_u8(at += apart, vshrq_n_u8(d, 4));
  }
}

void tq_mve_lines_turn(const tq_mve_lines_bytes *bytes) {
  const int32_t apart = bytes->apart, count = bytes->count, one = bytes->planes == 1;
  const uint8_t *const first = bytes->first, *const third = one ? first + 2 * apart : bytes->second;

  if (bytes->lines == 4) {
    turn_four(first, first + apart, third, third + apart, count, bytes->to, bytes->to_apart);
  } else {
    turn_eight(first, first + apart, third, third + apart, (one ? 4 : 2) * apart, count, bytes->to, bytes->to_apart);
  }
}

#else

void tq_mve_lines_turn(const tq_mve_lines_bytes *bytes) {
  const int32_t two = bytes->planes == 2;

  for (int32_t c = 0; c < 8; c++) {
    for (int32_t i = 0; i < bytes->count; i++) {
      int32_t bits = 0;
      for (int32_t k = 0; k < bytes->lines; k++) {
        const uint8_t *const plane = two && k % 4 >= 2 ? bytes->second : bytes->first;
        bits |= (plane[(two ? k / 4 * 2 + k % 2 : k) * bytes->apart + i] >> c & 1) << k;
      }
      bytes->to[c * bytes->to_apart + i] = (uint8_t)bits;
    }
  }
}

#endif
