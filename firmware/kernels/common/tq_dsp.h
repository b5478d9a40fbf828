/* The DSP instructions of Cortex-M4, M7, M33 and M55. A word holds two int16 lanes, the first one low; where
 * the core has no such instruction, the same in C. */
#ifndef TQ_DSP_H
#define TQ_DSP_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__)
#define TQ_DSP_CORE 1
#include <arm_acle.h>
#else
#define TQ_DSP_CORE 0
#endif

/* Lane i as a number. */
static inline int32_t tq_lane(uint32_t word, int32_t i) { return (int16_t)(uint16_t)(word >> 16 * i); }

/* Two lanes, of which the low 16 bits count. */
static inline uint32_t tq_lanes(int32_t low, int32_t high) {
  return ((uint32_t)low & 0xffffu) | (uint32_t)high << 16;
}

/* a of a + 2^14 * b, |a| < 2^13. */
static inline int32_t tq_low_sum(int32_t both) { return (int32_t)((uint32_t)both << 18) >> 18; }

/* At any address. */
static inline uint32_t tq_load_word(const void *address) {
  uint32_t word;
  memcpy(&word, address, sizeof word);
  return word;
}

/* Two bytes, at any address. */
static inline uint32_t tq_load_two(const void *address) {
  uint16_t two;
  memcpy(&two, address, sizeof two);
  return two;
}

static inline void tq_store_word(void *address, uint32_t word) { memcpy(address, &word, sizeof word); }

/* Two words at an address of words; returns where they end. */
static inline uint32_t *tq_store_pair(uint32_t *words, uint32_t first, uint32_t second) {
#if TQ_DSP_CORE
  __asm__ volatile("strd %1, %2, [%0], #8" : "+r"(words) : "r"(first), "r"(second) : "memory"); /* gcc 12 makes two */
  return words;
#else
  words[0] = first;
  words[1] = second;
  return words + 2;
#endif
}

/* sum + a0 * b0 + a1 * b1, modulo 2^32. */
static inline int32_t tq_smlad(uint32_t a, uint32_t b, int32_t sum) {
#if TQ_DSP_CORE
  return __smlad((int16x2_t)a, (int16x2_t)b, sum);
#else
  const uint32_t low = (uint32_t)(tq_lane(a, 0) * tq_lane(b, 0));
  const uint32_t high = (uint32_t)(tq_lane(a, 1) * tq_lane(b, 1));
  return (int32_t)((uint32_t)sum + low + high);
#endif
}

/* Bytes 0 and 2, sign-extended to lanes. */
static inline uint32_t tq_even_bytes(uint32_t bytes) {
#if TQ_DSP_CORE
  return (uint32_t)__sxtb16((int8x4_t)bytes);
#else
  return tq_lanes((int8_t)(uint8_t)bytes, (int8_t)(uint8_t)(bytes >> 16));
#endif
}

/* Bytes 1 and 3. */
static inline uint32_t tq_odd_bytes(uint32_t bytes) {
#if TQ_DSP_CORE
  uint32_t lanes;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(lanes) : "r"(bytes)); /* gcc 12 rotates first */
  return lanes;
#else
  return tq_even_bytes(bytes >> 8);
#endif
}

/* Lane by lane, modulo 2^16. */
static inline uint32_t tq_add_lanes(uint32_t a, uint32_t b) {
#if TQ_DSP_CORE
  return (uint32_t)__sadd16((int16x2_t)a, (int16x2_t)b);
#else
  return tq_lanes((int32_t)((a & 0xffffu) + (b & 0xffffu)), (int32_t)((a >> 16) + (b >> 16)));
#endif
}

/* Lanes and even, or odd, bytes, sign-extended; modulo 2^16. */
static inline uint32_t tq_add_even_bytes(uint32_t lanes, uint32_t bytes) {
#if TQ_DSP_CORE
  return (uint32_t)__sxtab16((int16x2_t)lanes, (int8x4_t)bytes);
#else
  return tq_add_lanes(lanes, tq_even_bytes(bytes));
#endif
}

static inline uint32_t tq_add_odd_bytes(uint32_t lanes, uint32_t bytes) {
#if TQ_DSP_CORE
  uint32_t sums;
  __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(sums) : "r"(lanes), "r"(bytes));
  return sums;
#else
  return tq_add_even_bytes(lanes, bytes >> 8);
#endif
}

/* (a * b + 2^31) >> 32 */
static inline int32_t tq_rounded_high(int32_t a, int32_t b) {
#if TQ_DSP_CORE
  int32_t high;
  __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
  return high;
#else
  return (int32_t)(((int64_t)a * b + ((int64_t)1 << 31)) >> 32);
#endif
}

/* addend + ((a * b + 2^31) >> 32) */
static inline int32_t tq_add_rounded_high(int32_t addend, int32_t a, int32_t b) {
#if TQ_DSP_CORE
  int32_t sum;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(addend));
  return sum;
#else
  return addend + tq_rounded_high(a, b);
#endif
}

/* Clamped to 0..255. */
static inline uint32_t tq_to_uint8(int32_t x) {
#if TQ_DSP_CORE
  return (uint32_t)__usat(x, 8);
#else
  return (uint32_t)(x < 0 ? 0 : x > 255 ? 255 : x);
#endif
}

/* Clamped to -128..127. */
static inline int32_t tq_to_int8_range(int32_t x) {
#if TQ_DSP_CORE
  int32_t clamped;
  __asm__("ssat %0, #8, %1" : "=r"(clamped) : "r"(x)); /* gcc 12's own changes signs on the way */
  return clamped;
#else
  return x < -128 ? -128 : x > 127 ? 127 : x;
#endif
}

/* Byte by byte: a - b, not below 0; a + b, not above 255; a + b modulo 256. */
static inline uint32_t tq_sub_bytes_to_0(uint32_t a, uint32_t b) {
#if TQ_DSP_CORE
  return (uint32_t)__uqsub8((uint8x4_t)a, (uint8x4_t)b);
#else
  uint32_t result = 0;
  for (int32_t i = 0; i < 32; i += 8) {
    result |= tq_to_uint8((int32_t)(a >> i & 255u) - (int32_t)(b >> i & 255u)) << i;
  }
  return result;
#endif
}

static inline uint32_t tq_add_bytes_to_255(uint32_t a, uint32_t b) {
#if TQ_DSP_CORE
  return (uint32_t)__uqadd8((uint8x4_t)a, (uint8x4_t)b);
#else
  uint32_t result = 0;
  for (int32_t i = 0; i < 32; i += 8) {
    result |= tq_to_uint8((int32_t)((a >> i & 255u) + (b >> i & 255u))) << i;
  }
  return result;
#endif
}

static inline uint32_t tq_add_bytes(uint32_t a, uint32_t b) {
#if TQ_DSP_CORE
  return (uint32_t)__uadd8((uint8x4_t)a, (uint8x4_t)b);
#else
  const uint32_t low = 0x7f7f7f7fu;
  return ((a & low) + (b & low)) ^ ((a ^ b) & ~low);
#endif
}

/* The bytes of `marks` where the int8 in a is b at least; 0 elsewhere. */
static inline uint32_t tq_mark_at_least(uint32_t a, uint32_t b, uint32_t marks) {
#if TQ_DSP_CORE
  uint32_t marked;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %3, %4" : "=&r"(marked) : "r"(a), "r"(b), "r"(marks), "r"(0));
  return marked;
#else
  uint32_t marked = 0;
  for (int32_t i = 0; i < 32; i += 8) {
    if ((int8_t)(uint8_t)(a >> i) >= (int8_t)(uint8_t)(b >> i)) marked |= marks & 255u << i;
  }
  return marked;
#endif
}

/* Of the four bytes. */
static inline uint32_t tq_sum_of_bytes(uint32_t bytes) {
#if TQ_DSP_CORE
  return __usad8((uint8x4_t)bytes, 0);
#else
  bytes = (bytes & 0x00ff00ffu) + (bytes >> 8 & 0x00ff00ffu);
  return (bytes & 0xffffu) + (bytes >> 16);
#endif
}

#endif
