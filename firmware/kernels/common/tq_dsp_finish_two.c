#include "tq_dsp_quick.h"

#if TQ_DSP_CORE
/* A channel of both positions: r0 scale, r1 sums; `put`: its two bytes to r10 and r11. One load of all of a scale,
 * and one of two sums, which gcc 12 does not make. */
#define CHANNEL(put)                  \
  "ldrd r12, lr, [r1], #8\n"          \
  "ldm r0!, {r4, r5, r6, r8, r9}\n"   \
  "mla r12, r12, r5, r6\n"            \
  "mla lr, lr, r5, r6\n"              \
  "smmlar r5, r12, r4, r8\n"          \
  "smmlar r6, lr, r4, r8\n"           \
  "add r12, r5, r12, asr #31\n"       \
  "add lr, r6, lr, asr #31\n"         \
  "asr r12, r12, r9\n"                \
  "asr lr, lr, r9\n" put
#define FIRST "usat r10, #8, r12\nusat r11, #8, lr\n"
#define LATER(bits)                    \
  "usat r12, #8, r12\n"               \
  "usat lr, #8, lr\n"                 \
  "orr r10, r10, r12, lsl " bits "\n" \
  "orr r11, r11, lr, lsl " bits "\n"

/* Four channels at a time. */
static void quick(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int32_t count, const int32_t *sums,
                  int8_t *output0, int8_t *output1) {
  register const tq_dsp_scale *r0 __asm__("r0") = scale;
  register const int32_t *r1 __asm__("r1") = sums;
  register int8_t *r2 __asm__("r2") = output0;
  register int8_t *r3 __asm__("r3") = output1;
  register uint32_t r4 __asm__("r4") = clamp->room;
  register uint32_t r5 __asm__("r5") = clamp->back;
  register const int8_t *r6 __asm__("r6") = output0 + count;

  __asm__ volatile(
      "push {r4, r5, r6}\n"
      "1:\n"
      CHANNEL(FIRST) CHANNEL(LATER("#8")) CHANNEL(LATER("#16")) CHANNEL(LATER("#24"))
      "ldrd r4, r5, [sp]\n"
      "ldr r6, [sp, #8]\n"
      "uqadd8 r11, r11, r4\n"
      "uqadd8 r10, r10, r4\n"
      "uadd8 r11, r11, r5\n"
      "uadd8 r10, r10, r5\n"
      "str r11, [r3], #4\n"
      "str r10, [r2], #4\n"
      "cmp r2, r6\n"
      "bne 1b\n"
      "add sp, sp, #12\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
      :
      : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}
#else
static uint32_t four(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, const int32_t *sums) {
  uint32_t bytes = 0;

  for (int32_t i = 0; i < 4; i++) bytes |= tq_to_uint8(tq_dsp_scaled(scale + i, sums[2 * i])) << 8 * i;
  return tq_dsp_clamp_bytes(clamp, bytes);
}

static void quick(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int32_t count, const int32_t *sums,
                  int8_t *output0, int8_t *output1) {
  for (int32_t i = 0; i < count; i += 4) {
    tq_store_word(output1 + i, four(clamp, scale + i, sums + 2 * i + 1));
    tq_store_word(output0 + i, four(clamp, scale + i, sums + 2 * i));
  }
}
#endif

void tq_dsp_finish_two(const tq_dsp_clamp *clamp, const tq_dsp_scale *scale, int are_quick, int32_t count,
                       const int32_t *sums, int8_t *output0, int8_t *output1) {
  const int32_t fours = are_quick ? count / 4 * 4 : 0;

  if (fours > 0) quick(clamp, scale, fours, sums, output0, output1);
  for (int32_t i = fours; i < count; i++) {
    output1[i] = tq_dsp_finish_one(clamp, scale + i, are_quick, sums[2 * i + 1]);
    output0[i] = tq_dsp_finish_one(clamp, scale + i, are_quick, sums[2 * i]);
  }
}
