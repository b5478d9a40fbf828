#include "tq_mve.h"
#include "tq_mve_conv_2d.h"

#if TQ_MVE

/* Sixteen bytes -> 80 codes: each multiplication by 3 carries a code plus one out of all of them (tq_unpack.h). */
static int32_t eighties(const uint8_t *packed, int32_t count, int8_t *codes) {
  const uint8x16_t three = vdupq_n_u8(3), apart = vmulq_n_u8(vidupq_n_u8(0, 1), 5);
  int32_t done = 0;

  for (; count - done >= 80; done += 80, packed += 16) {
    uint8x16_t fraction = vldrbq_u8(packed);
#pragma GCC unroll 5
    for (int32_t i = 0; i < 5; i++) {
      const uint8x16_t trit = vmulhq_u8(fraction, three);
      fraction = vmulq_u8(fraction, three);
      vstrbq_scatter_offset_s8(codes + done + i, apart, vreinterpretq_s8_u8(vsubq_n_u8(trit, 1)));
    }
  }
  return done;
}

#else

static int32_t eighties(const uint8_t *packed, int32_t count, int8_t *codes) {
  const int32_t done = count / 80 * 80;
  tq_unpack_ternary(packed, 0, done, codes);
  return done;
}

#endif

void tq_mve_unpack_ternary(const uint8_t *packed, int32_t first, int32_t count, int8_t *codes) {
  const int32_t behind = first % 5, ahead = behind > 0 ? 5 - behind : 0, head = ahead < count ? ahead : count;
  int32_t done;

  if (head > 0) tq_unpack_ternary(packed, first, head, codes);
  done = head + eighties(packed + (first + head) / 5, count - head, codes + head);
  if (done < count) tq_unpack_ternary(packed, first + done, count - done, codes + done);
}
