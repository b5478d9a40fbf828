/* Outputs of sums whose scales have the quick form. */
#ifndef TQ_DSP_QUICK_H
#define TQ_DSP_QUICK_H

#include "tq_dsp_conv_2d.h"

/* The output less activation_min before it is clamped. TFLite takes 1 from what is negative and then rounds:
 * here the sum's sign says so, which differs where a negative sum has come to 0; 1 less makes no difference to the
 * rounding of that. */
static inline int32_t tq_dsp_scaled(const tq_dsp_scale *scale, int32_t sum) {
  const int32_t whole = sum * scale->level + scale->bias;
  const int32_t high = tq_add_rounded_high(scale->addend, whole, scale->multiplier);
  return (high + (whole >> 31)) >> scale->shift;
}

/* That, 0 at least, 255 at most; goes on to the next scale. */
static inline uint32_t tq_dsp_quick_one(const tq_dsp_scale **scales, int32_t sum) {
#if TQ_DSP_CORE
  const tq_dsp_scale *scale = *scales;
  /* One load of all five, which gcc 12 does not make. */
  __asm__("ldm %0!, {r4, r5, r6, r8, r9}\n"
          "mla %1, %1, r5, r6\n"
          "smmlar r4, %1, r4, r8\n"
          "add %1, r4, %1, asr #31\n"
          "asr %1, %1, r9\n"
          "usat %1, #8, %1\n"
          : "+r"(scale), "+r"(sum)
          : "m"(*scale)
          : "r4", "r5", "r6", "r8", "r9");
  *scales = scale;
  return (uint32_t)sum;
#else
  return tq_to_uint8(tq_dsp_scaled((*scales)++, sum));
#endif
}

/* Four such bytes, or fewer, to outputs. */
static inline uint32_t tq_dsp_clamp_bytes(const tq_dsp_clamp *clamp, uint32_t bytes) {
  return tq_add_bytes(tq_add_bytes_to_255(bytes, clamp->room), clamp->back);
}

/* Four neighbours. */
static inline const tq_dsp_scale *tq_dsp_quick_four(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale,
                                                    int32_t sum0, int32_t sum1, int32_t sum2, int32_t sum3,
                                                    int8_t *output) {
  uint32_t bytes = tq_dsp_quick_one(&scale, sum0);
  bytes |= tq_dsp_quick_one(&scale, sum1) << 8;
  bytes |= tq_dsp_quick_one(&scale, sum2) << 16;
  bytes |= tq_dsp_quick_one(&scale, sum3) << 24;
  tq_store_word(output, tq_dsp_clamp_bytes(clamp, bytes));
  return scale;
}

#if TQ_DSP_CORE
/* A channel's bytes of two positions; `load`: the second one's sum, `put`: what shifts them into place. */
#define TQ_DSP_QUICK_TWO(load, put)    \
  "ldr %4, [%1], #4\n" load            \
  "ldm %0!, {r4, r5, r6, r8, r9}\n"    \
  "mla %4, %4, r5, r6\n"               \
  "mla %5, %5, r5, r6\n"               \
  "smmlar r5, %4, r4, r8\n"            \
  "smmlar r6, %5, r4, r8\n"            \
  "add %4, r5, %4, asr #31\n"          \
  "add %5, r6, %5, asr #31\n"          \
  "asr %4, %4, r9\n"                   \
  "asr %5, %5, r9\n" put
#define TQ_DSP_QUICK_FIRST "usat %2, #8, %4\nusat %3, #8, %5\n"
#define TQ_DSP_QUICK_LATER(bits)  \
  "usat %4, #8, %4\n"             \
  "usat %5, #8, %5\n"             \
  "orr %2, %2, %4, lsl " bits "\n" \
  "orr %3, %3, %5, lsl " bits "\n"
#define TQ_DSP_QUICK_EIGHT(load)                                                                   \
  TQ_DSP_QUICK_TWO(load, TQ_DSP_QUICK_FIRST) TQ_DSP_QUICK_TWO(load, TQ_DSP_QUICK_LATER("#8"))      \
  TQ_DSP_QUICK_TWO(load, TQ_DSP_QUICK_LATER("#16")) TQ_DSP_QUICK_TWO(load, TQ_DSP_QUICK_LATER("#24"))
#endif

/* Four neighbours each of two positions; the second one's sums are behind the first one's four, or eight. */
static inline const tq_dsp_scale *tq_dsp_quick_eight(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale,
                                                     const int32_t *sums, int eight, int8_t *output0,
                                                     int8_t *output1) {
  uint32_t bytes0 = 0, bytes1 = 0;

#if TQ_DSP_CORE
  int32_t sum0, sum1;
  if (eight) {
    __asm__ volatile(TQ_DSP_QUICK_EIGHT("ldr %5, [%1, #28]\n")
                     : "+r"(scale), "+r"(sums), "=&r"(bytes0), "=&r"(bytes1), "=&r"(sum0), "=&r"(sum1)
                     :
                     : "r4", "r5", "r6", "r8", "r9", "memory");
  } else {
    __asm__ volatile(TQ_DSP_QUICK_EIGHT("ldr %5, [%1, #12]\n")
                     : "+r"(scale), "+r"(sums), "=&r"(bytes0), "=&r"(bytes1), "=&r"(sum0), "=&r"(sum1)
                     :
                     : "r4", "r5", "r6", "r8", "r9", "memory");
  }
#else
  for (int32_t i = 0; i < 32; i += 8, scale++, sums++) {
    bytes0 |= tq_to_uint8(tq_dsp_scaled(scale, sums[0])) << i;
    bytes1 |= tq_to_uint8(tq_dsp_scaled(scale, sums[eight ? 8 : 4])) << i;
  }
#endif
  tq_store_word(output0, tq_dsp_clamp_bytes(clamp, bytes0));
  tq_store_word(output1, tq_dsp_clamp_bytes(clamp, bytes1));
  return scale;
}

#endif
