/* The vector instructions of Cortex-M55 (Helium): four 32-bit lanes at a time, and bytes in loops whose last turn
 * takes what is left. Where the core has no such instruction, the same in C. */
#ifndef TQ_MVE_H
#define TQ_MVE_H

#include <stdint.h>
#include <string.h>

#include "tq_requantize.h"

#if defined(__ARM_FEATURE_MVE) && !defined(__ARM_BIG_ENDIAN)
#define TQ_MVE 1
#include <arm_mve.h>
typedef int32x4_t tq_four;
#else
#define TQ_MVE 0
typedef struct {
  int32_t lane[4];
} tq_four;
#endif

static inline tq_four tq_four_load(const int32_t *from) {
#if TQ_MVE
  return vldrwq_s32(from);
#else
  tq_four x;
  memcpy(x.lane, from, sizeof x.lane);
  return x;
#endif
}

static inline tq_four tq_four_of(int32_t value) {
#if TQ_MVE
  return vdupq_n_s32(value);
#else
  const tq_four x = {{value, value, value, value}};
  return x;
#endif
}

/* x * factor + addend, modulo 2^32. */
static inline tq_four tq_four_affine(tq_four x, tq_four factor, tq_four addend) {
#if TQ_MVE
  return vaddq_s32(vmulq_s32(x, factor), addend);
#else
  for (int32_t i = 0; i < 4; i++) {
    x.lane[i] = (int32_t)((uint32_t)x.lane[i] * (uint32_t)factor.lane[i] + (uint32_t)addend.lane[i]);
  }
  return x;
#endif
}

/* tq_scale by multipliers and by shifts that are 0 or to the right, and so negative. */
static inline tq_four tq_four_scale(tq_four x, tq_four multiplier, tq_four shift) {
#if TQ_MVE
  /* VQRDMULH is the rounding high half; VRSHL rounds ties up, and one less for negative x makes that away from zero,
   * but where nothing is shifted. */
  const int32x4_t high = vqrdmulhq_s32(x, multiplier);
  return vrshlq_s32(vaddq_s32(high, vshrq_n_s32(vandq_s32(high, shift), 31)), shift);
#else
  for (int32_t i = 0; i < 4; i++) x.lane[i] = tq_scale(x.lane[i], multiplier.lane[i], shift.lane[i]);
  return x;
#endif
}

/* clamp(x, min, max) + zero_point as bytes. */
static inline void tq_four_store_int8(tq_four x, int32_t zero_point, tq_four min, tq_four max, int8_t *to) {
#if TQ_MVE
  vstrbq_s32(to, vaddq_n_s32(vminq_s32(vmaxq_s32(x, min), max), zero_point));
#else
  for (int32_t i = 0; i < 4; i++) {
    to[i] = (int8_t)(tq_clamp(x.lane[i], min.lane[i], max.lane[i]) + zero_point);
  }
#endif
}

/* memcpy, which newlib's small library does byte by byte. */
static inline int8_t *tq_mve_copy(int8_t *to, const int8_t *from, int32_t count) {
#if TQ_MVE
  int8_t *end = to;
  __asm__ volatile("wlstp.8 lr, %2, 2f\n"
                   "1: vldrb.8 q0, [%1], #16\n"
                   "vstrb.8 q0, [%0], #16\n"
                   "letp lr, 1b\n"
                   "2:\n"
                   : "+r"(end), "+r"(from)
                   : "r"(count)
                   : "q0", "lr", "memory");
#else
  memcpy(to, from, (size_t)count);
#endif
  return to + count;
}

static inline int8_t *tq_mve_fill(int8_t *to, int32_t value, int32_t count) {
#if TQ_MVE
  int8_t *end = to;
  __asm__ volatile("vdup.8 q0, %1\n"
                   "wlstp.8 lr, %2, 2f\n"
                   "1: vstrb.8 q0, [%0], #16\n"
                   "letp lr, 1b\n"
                   "2:\n"
                   : "+r"(end)
                   : "r"(value), "r"(count)
                   : "q0", "lr", "memory");
#else
  memset(to, value, (size_t)count);
#endif
  return to + count;
}

static inline void tq_mve_fill_words(uint32_t *to, uint32_t value, int32_t count) {
#if TQ_MVE
  __asm__ volatile("vdup.32 q0, %1\n"
                   "wlstp.32 lr, %2, 2f\n"
                   "1: vstrw.32 q0, [%0], #16\n"
                   "letp lr, 1b\n"
                   "2:\n"
                   : "+r"(to)
                   : "r"(value), "r"(count)
                   : "q0", "lr", "memory");
#else
  for (int32_t i = 0; i < count; i++) to[i] = value;
#endif
}

/* Words from[i * step] -> to[i]. */
static inline void tq_mve_gather_words(uint32_t *to, const int32_t *from, int32_t step, int32_t count) {
#if TQ_MVE
  const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);
  __asm__ volatile("wlstp.32 lr, %[count], 2f\n"
                   "1: vldrw.u32 q0, [%[from], %q[places], uxtw #2]\n"
                   "vstrw.32 q0, [%[to]], #16\n"
                   "add %[from], %[from], %[fourth]\n"
                   "letp lr, 1b\n"
                   "2:\n"
                   : [to] "+r"(to), [from] "+r"(from)
                   : [count] "r"(count), [places] "w"(places), [fourth] "r"(16 * step)
                   : "q0", "lr", "memory");
#else
  for (int32_t i = 0; i < count; i++) to[i] = (uint32_t)from[i * step];
#endif
}

/* Bytes from[places[i]] -> to[i]. */
static inline void tq_mve_gather(int8_t *to, const int8_t *from, const uint16_t *places, int32_t count) {
#if TQ_MVE
  __asm__ volatile("wlstp.16 lr, %3, 2f\n"
                   "1: vldrh.16 q0, [%2], #16\n"
                   "vldrb.u16 q1, [%1, q0]\n"
                   "vstrb.16 q1, [%0], #8\n"
                   "letp lr, 1b\n"
                   "2:\n"
                   : "+l"(to), "+r"(from), "+r"(places) /* "l": narrowing stores take r0 to r7 */
                   : "r"(count)
                   : "q0", "q1", "lr", "memory");
#else
  for (int32_t i = 0; i < count; i++) to[i] = from[places[i]];
#endif
}

/* from[0], from[step], ... -> to; step < 2^13. */
static inline void tq_mve_gather_every(int8_t *to, const int8_t *from, int32_t step, int32_t count) {
#if TQ_MVE
  if (step <= 17) { /* places that are bytes */
    __asm__ volatile("movs r0, #0\n"
                     "vidup.u8 q0, r0, #1\n"
                     "vmul.i8 q0, q0, %[step]\n"
                     "wlstp.8 lr, %[count], 2f\n"
                     "1: vldrb.u8 q1, [%[from], q0]\n"
                     "vstrb.8 q1, [%[to]], #16\n"
                     "add %[from], %[from], %[step], lsl #4\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     : [to] "+r"(to), [from] "+r"(from)
                     : [step] "r"(step), [count] "r"(count)
                     : "r0", "q0", "q1", "lr", "cc", "memory");
  } else {
    __asm__ volatile("movs r0, #0\n"
                     "vidup.u16 q0, r0, #1\n"
                     "vmul.i16 q0, q0, %[step]\n"
                     "wlstp.16 lr, %[count], 2f\n"
                     "1: vldrb.u16 q1, [%[from], q0]\n"
                     "vstrb.16 q1, [%[to]], #8\n"
                     "add %[from], %[from], %[step], lsl #3\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     : [to] "+l"(to), [from] "+r"(from)
                     : [step] "r"(step), [count] "r"(count)
                     : "r0", "q0", "q1", "lr", "cc", "memory");
  }
#else
  for (int32_t i = 0; i < count; i++) to[i] = from[i * step];
#endif
}

#endif
