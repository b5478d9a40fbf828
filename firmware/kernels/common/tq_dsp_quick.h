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

/* Likewise of two positions. */
static inline void tq_dsp_quick_two(const tq_dsp_scale **scales, int32_t sum0, int32_t sum1, uint32_t *byte0,
                                    uint32_t *byte1) {
#if TQ_DSP_CORE
  const tq_dsp_scale *scale = *scales;
  __asm__("ldm %0!, {r4, r5, r6, r8, r9}\n"
          "mla %1, %1, r5, r6\n"
          "mla %2, %2, r5, r6\n"
          "smmlar r5, %1, r4, r8\n"
          "smmlar r6, %2, r4, r8\n"
          "add %1, r5, %1, asr #31\n"
          "add %2, r6, %2, asr #31\n"
          "asr %1, %1, r9\n"
          "asr %2, %2, r9\n"
          "usat %1, #8, %1\n"
          "usat %2, #8, %2\n"
          : "+r"(scale), "+r"(sum0), "+r"(sum1)
          : "m"(*scale)
          : "r4", "r5", "r6", "r8", "r9");
  *scales = scale;
  *byte0 = (uint32_t)sum0;
  *byte1 = (uint32_t)sum1;
#else
  const tq_dsp_scale *again = *scales;
  *byte0 = tq_dsp_quick_one(scales, sum0);
  *byte1 = tq_dsp_quick_one(&again, sum1);
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

/* Four neighbours each of two positions. */
static inline const tq_dsp_scale *tq_dsp_quick_eight(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale,
                                                     const int32_t *sums0, const int32_t *sums1,
                                                     int8_t *output0, int8_t *output1) {
  uint32_t bytes0, bytes1, byte0, byte1;

  tq_dsp_quick_two(&scale, sums0[0], sums1[0], &bytes0, &bytes1);
  tq_dsp_quick_two(&scale, sums0[1], sums1[1], &byte0, &byte1);
  bytes0 |= byte0 << 8;
  bytes1 |= byte1 << 8;
  tq_dsp_quick_two(&scale, sums0[2], sums1[2], &byte0, &byte1);
  bytes0 |= byte0 << 16;
  bytes1 |= byte1 << 16;
  tq_dsp_quick_two(&scale, sums0[3], sums1[3], &byte0, &byte1);
  bytes0 |= byte0 << 24;
  bytes1 |= byte1 << 24;
  tq_store_word(output0, tq_dsp_clamp_bytes(clamp, bytes0));
  tq_store_word(output1, tq_dsp_clamp_bytes(clamp, bytes1));
  return scale;
}

#endif
