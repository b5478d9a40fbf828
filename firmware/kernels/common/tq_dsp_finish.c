#include "tq_dsp_conv_2d.h"

#if TQ_DSP_CORE
/* A channel: r0 scale, r1 sum, `put`: its byte to r10. One load of all of a scale, which gcc 12 does not make. */
#define CHANNEL(put)                 \
  "ldr r12, [r1], #4\n"              \
  "ldm r0!, {r4, r5, r6, r8, r9}\n"  \
  "mla r12, r12, r5, r6\n"           \
  "smmlar r5, r12, r4, r8\n"         \
  "add r12, r5, r12, asr #31\n"      \
  "asr r12, r12, r9\n" put
#define LATER(bits) "usat r12, #8, r12\norr r10, r10, r12, lsl " bits "\n"

/* Four channels at a time. */
static void fours(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int32_t count, const int32_t *sums,
                  int8_t *output) {
  register const tq_dsp_scale *r0 __asm__("r0") = scale;
  register const int32_t *r1 __asm__("r1") = sums;
  register int8_t *r2 __asm__("r2") = output;
  register const int8_t *r3 __asm__("r3") = output + count;
  register uint32_t r11 __asm__("r11") = clamp->room;
  register uint32_t lr __asm__("lr") = clamp->back;

  __asm__ volatile(
      "1:\n"
      CHANNEL("usat r10, #8, r12\n") CHANNEL(LATER("#8")) CHANNEL(LATER("#16")) CHANNEL(LATER("#24"))
      "uqadd8 r10, r10, r11\n"
      "uadd8 r10, r10, lr\n"
      "str r10, [r2], #4\n"
      "cmp r2, r3\n"
      "bne 1b\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r11), "+r"(lr)
      :
      : "r4", "r5", "r6", "r8", "r9", "r10", "r12", "cc", "memory");
}
#else
static void fours(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int32_t count, const int32_t *sums,
                  int8_t *output) {
  for (int32_t i = 0; i < count; i++) output[i] = tq_dsp_finish_one(clamp, scale + i, 1, sums[i]);
}
#endif

void tq_dsp_finish(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int quick, int32_t count,
                   const int32_t *sums, int8_t *output) {
  const int32_t whole = quick ? count / 4 * 4 : 0;

  if (whole > 0) fours(clamp, scale, whole, sums, output);
  for (int32_t i = whole; i < count; i++) output[i] = tq_dsp_finish_one(clamp, scale + i, quick, sums[i]);
}
