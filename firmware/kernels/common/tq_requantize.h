/* The one rounding rule: 32-bit fixed point with TFLite's double rounding (tinyq/core/requantize.py).
 * `>>` of a negative number is taken to be arithmetic, as every supported compiler has it. */
#ifndef TQ_REQUANTIZE_H
#define TQ_REQUANTIZE_H

#include <stdint.h>

/* Cores whose products have 32 bits: others are put together, which takes half of the library's time. */
#ifndef TQ_SHORT_PRODUCTS
#if defined(__ARM_ARCH_6M__)
#define TQ_SHORT_PRODUCTS 1
#else
#define TQ_SHORT_PRODUCTS 0
#endif
#endif

/* round(a * b / 2^31), ties towards plus infinity. Not for a = b = -2^31, which would overflow. */
static inline int32_t tq_rounding_high_mul(int32_t a, int32_t b) {
#if TQ_SHORT_PRODUCTS
  const int32_t a_low = a & 0xffff, a_high = a >> 16, b_low = b & 0xffff, b_high = b >> 16;
  const int32_t first = a_low * b_high + (int32_t)((uint32_t)a_low * (uint32_t)b_low >> 16);
  const int32_t second = a_high * b_low;
  const int32_t rest = ((first & 0xffff) + (second & 0xffff) + (1 << 14)) >> 15;
  return (int32_t)((uint32_t)((a_high * b_high + (first >> 16) + (second >> 16))) * 2) + rest;
#else
  return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
#endif
}

/* The same where |a| < 2^30 and b >= 0: then the middle parts of the product add up to 32 bits. */
static inline int32_t tq_rounding_high_mul_30(int32_t a, int32_t b) {
#if TQ_SHORT_PRODUCTS
  const int32_t a_low = (int16_t)(uint16_t)a, a_high = (a - a_low) >> 16, b_low = b & 0xffff, b_high = b >> 16;
  const int32_t middle = a_low * b_high + (a_low * b_low >> 16) + a_high * b_low;
  return a_high * b_high * 2 + ((middle + (1 << 14)) >> 15);
#else
  return tq_rounding_high_mul(a, b);
#endif
}

/* round(x / 2^exponent), ties away from zero; 0 <= exponent <= 31, -2^31 < x, and x < 2^31 - 1 where
 * exponent is 1. */
static inline int32_t tq_rounding_divide_by_pot(int32_t x, int32_t exponent) {
  if (exponent == 0) return x;
  /* One less for negative x turns "ties up" into "ties away from zero". */
  return (((x + (x >> 31)) >> (exponent - 1)) + 1) >> 1;
}

/* x * multiplier * 2^(shift - 31), rounded twice; multiplier >= 0, -31 <= shift <= 30, and x * 2^shift fits
 * 32 bits. */
static inline int32_t tq_scale(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t high = tq_rounding_high_mul((int32_t)((uint32_t)x << left), multiplier);
  return tq_rounding_divide_by_pot(high, left - shift);
}

static inline int32_t tq_clamp(int32_t x, int32_t min, int32_t max) {
  x = x < min ? min : x;
  return x > max ? max : x;
}

/* clamp(x + zero_point, min, max) for any x; -128 <= min <= max <= 127. */
static inline int8_t tq_to_int8(int32_t x, int32_t zero_point, int32_t min, int32_t max) {
  return (int8_t)(tq_clamp(x, min - zero_point, max - zero_point) + zero_point);
}

#endif
