/* Sixteen bytes at a time: the vectors of Cortex-M55 (Helium), or the same in C. */
#ifndef TQ_MVE_BYTES_H
#define TQ_MVE_BYTES_H

#include "tq_mve.h"

#if TQ_MVE
typedef uint8x16_t tq_sixteen;
#else
typedef struct {
  uint8_t lane[16];
} tq_sixteen;
#define TQ_EACH(result, value)                                     \
  do {                                                             \
    for (int32_t i = 0; i < 16; i++) (result).lane[i] = (uint8_t)(value); \
  } while (0)
#endif

static inline tq_sixteen tq_sixteen_of(int32_t byte) {
#if TQ_MVE
  return vdupq_n_u8((uint8_t)byte);
#else
  tq_sixteen x;
  TQ_EACH(x, byte);
  return x;
#endif
}

static inline tq_sixteen tq_sixteen_load(const uint8_t *from) {
#if TQ_MVE
  return vldrbq_u8(from);
#else
  tq_sixteen x;
  memcpy(x.lane, from, 16);
  return x;
#endif
}

/* Modulo 256. */
static inline tq_sixteen tq_sixteen_add(tq_sixteen a, tq_sixteen b) {
#if TQ_MVE
  return vaddq_u8(a, b);
#else
  TQ_EACH(a, a.lane[i] + b.lane[i]);
  return a;
#endif
}

static inline tq_sixteen tq_sixteen_sub(tq_sixteen a, tq_sixteen b) {
#if TQ_MVE
  return vsubq_u8(a, b);
#else
  TQ_EACH(a, a.lane[i] - b.lane[i]);
  return a;
#endif
}

/* Bit c of both nibbles, c a constant below 4. */
#if TQ_MVE
#define TQ_SIXTEEN_BIT(x, c) vandq_u8((c) == 0 ? (x) : vshrq_n_u8(x, (c) == 0 ? 1 : (c)), vdupq_n_u8(0x11))
#else
#define TQ_SIXTEEN_BIT(x, c) tq_sixteen_bit(x, c)
static inline tq_sixteen tq_sixteen_bit(tq_sixteen x, int32_t c) {
  TQ_EACH(x, x.lane[i] >> c & 0x11);
  return x;
}
#endif

/* To any multiple of four bytes: offsets of such stores are longer. */
static inline void tq_sixteen_store(tq_sixteen x, uint8_t *to) {
#if TQ_MVE
  vstrwq_u32((uint32_t *)(uintptr_t)to, vreinterpretq_u32_u8(x));
#else
  memcpy(to, x.lane, 16);
#endif
}

/* The same to where `by` bytes, a literal constant, are added to the pointer first. */
#if TQ_MVE
#define TQ_SIXTEEN_STORE_ON(x, to, by)                                                                     \
  do {                                                                                                     \
    if ((by) > 508 || (by) < -508) {                                                                       \
      (to) += (by);                                                                                        \
      tq_sixteen_store(x, to);                                                                             \
    } else {                                                                                               \
      __asm__ volatile("vstrw.32 %q1, [%0, %2]!"                                                           \
                       : "+r"(to)                                                                          \
                       : "w"(x), "n"((by) > 508 || (by) < -508 ? 0 : (by))                                 \
                       : "memory");                                                                        \
    }                                                                                                      \
  } while (0)
#else
#define TQ_SIXTEEN_STORE_ON(x, to, by) tq_sixteen_store(x, (to) += (by))
#endif

/* Lower nibbles of a, and of b above them; upper nibbles of b, and of a below them. */
static inline tq_sixteen tq_sixteen_lower(tq_sixteen a, tq_sixteen b) {
#if TQ_MVE
  return vsliq_n_u8(a, b, 4);
#else
  TQ_EACH(a, (a.lane[i] & 15) | b.lane[i] << 4);
  return a;
#endif
}

static inline tq_sixteen tq_sixteen_upper(tq_sixteen a, tq_sixteen b) {
#if TQ_MVE
  return vsriq_n_u8(b, a, 4);
#else
  TQ_EACH(b, (b.lane[i] & 0xf0) | a.lane[i] >> 4);
  return b;
#endif
}

/* Sixteen words -> bytes 0, 1, 2 and 3 of each. */
static inline void tq_sixteen_split(const uint32_t *words, tq_sixteen bytes[4]) {
#if TQ_MVE
  const uint8x16x4_t all = vld4q_u8((const uint8_t *)words);
  bytes[0] = all.val[0];
  bytes[1] = all.val[1];
  bytes[2] = all.val[2];
  bytes[3] = all.val[3];
#else
  for (int32_t k = 0; k < 4; k++) TQ_EACH(bytes[k], words[i] >> 8 * k);
#endif
}

#endif
