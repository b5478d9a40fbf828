#include "tq_mve_lines.h"

#if TQ_MVE

/* Exchanges bits of b and those of a that are `by` higher, a constant. */
#define EXCHANGE(a, b, by, bits)                                              \
  do {                                                                        \
    const uint8x16_t differs_ = vandq_u8(veorq_u8(vshrq_n_u8(a, by), b), bits); \
    (b) = veorq_u8(b, differs_);                                              \
    (a) = veorq_u8(a, vshlq_n_u8(differs_, by));                              \
  } while (0)

/* Bits 0 to 3, or 4 to 7, of sixteen bytes of each line; four pairs of lines, `on` bytes apart. */
#define TURN(nibbles)                                                                 \
  do {                                                                                \
    uint8x16_t a_ = nibbles(vldrbq_u8(from[0] + i), vldrbq_u8(from[0] + i + on));     \
    uint8x16_t b_ = nibbles(vldrbq_u8(from[1] + i), vldrbq_u8(from[1] + i + on));     \
    uint8x16_t c_ = nibbles(vldrbq_u8(from[2] + i), vldrbq_u8(from[2] + i + on));     \
    uint8x16_t d_ = nibbles(vldrbq_u8(from[3] + i), vldrbq_u8(from[3] + i + on));     \
    EXCHANGE(a_, c_, 2, twos);                                                        \
    EXCHANGE(b_, d_, 2, twos);                                                        \
    EXCHANGE(a_, b_, 1, ones);                                                        \
    EXCHANGE(c_, d_, 1, ones);                                                        \
    vstrbq_u8(at, a_);                                                                \
    vstrbq_u8(at += to_apart, b_);                                                    \
    vstrbq_u8(at += to_apart, c_);                                                    \
    vstrbq_u8(at += to_apart, d_);                                                    \
  } while (0)

void tq_mve_lines_turn(const uint8_t *first, const uint8_t *second, int32_t apart, int32_t planes, int32_t count,
                       uint8_t *to, int32_t to_apart) {
  const uint8_t *const third = planes == 1 ? first + 2 * apart : second;
  const uint8_t *const from[4] = {first, first + apart, third, third + apart};
  const int32_t on = (planes == 1 ? 4 : 2) * apart;
  const uint8x16_t twos = vdupq_n_u8(0x33), ones = vdupq_n_u8(0x55);

  for (int32_t i = 0; i < count; i += 16) {
    uint8_t *at = to + i;
    TURN(tq_sixteen_lower);
    at += to_apart;
    TURN(tq_sixteen_upper);
  }
}

#else

void tq_mve_lines_turn(const uint8_t *first, const uint8_t *second, int32_t apart, int32_t planes, int32_t count,
                       uint8_t *to, int32_t to_apart) {
  for (int32_t c = 0; c < 8; c++) {
    for (int32_t i = 0; i < count; i++) {
      int32_t bits = 0;
      for (int32_t k = 0; k < 8; k++) {
        const uint8_t *const line = planes == 1 || k % 4 < 2 ? first : second;
        bits |= (line[(planes == 1 ? k : k / 4 * 2 + k % 2) * apart + i] >> c & 1) << k;
      }
      to[c * to_apart + i] = (uint8_t)bits;
    }
  }
}

#endif
