#include "tq_mve.h"
#include "tq_mve_conv_2d.h"

#if TQ_MVE

static int32_t sixteens(const uint8_t *packed, int32_t count, int8_t *codes) {
  const int8x16_t plus = vdupq_n_s8(1), minus = vdupq_n_s8(-1);
  int32_t done = 0;

  for (; count - done >= 16; done += 16, packed += 2) {
    uint16_t bits;
    memcpy(&bits, packed, sizeof bits);
    vstrbq_s8(codes + done, vpselq_s8(minus, plus, (mve_pred16_t)bits));
  }
  return done;
}

#else

static int32_t sixteens(const uint8_t *packed, int32_t count, int8_t *codes) {
  const int32_t done = count / 16 * 16;
  tq_unpack_binary(packed, 0, done, codes);
  return done;
}

#endif

void tq_mve_unpack_binary(const uint8_t *packed, int32_t first, int32_t count, int8_t *codes) {
  const int32_t ahead = -first & 7, head = ahead < count ? ahead : count;
  int32_t done;

  tq_unpack_binary(packed, first, head, codes);
  done = head + sixteens(packed + (first + head) / 8, count - head, codes + head);
  tq_unpack_binary(packed, first + done, count - done, codes + done);
}
