#include "tq_mve_depthwise_bits.h"

#if TQ_MVE

/* Sixteen channels' D, which are bytes; digits >= 1. */
static inline uint8x16_t bytes_of(const uint16_t *counts, int32_t digits) {
  uint8x16_t bytes = vdupq_n_u8(0);
  int32_t bit = 1, bits;

  __asm__ volatile("dls lr, %[digits]\n"
                   "1: ldrh %[bits], [%[counts]], #16\n"
                   "vmsr p0, %[bits]\n"
                   "vpst\n"
                   "vaddt.i8 %q[bytes], %q[bytes], %[bit]\n"
                   "lsl %[bit], %[bit], #1\n"
                   "le lr, 1b\n"
                   : [counts] "+r"(counts), [bytes] "+w"(bytes), [bit] "+r"(bit), [bits] "=&r"(bits)
                   : [digits] "r"(digits)
                   : "lr", "memory");
  return bytes;
}

void tq_mve_depthwise_look_up(const tq_mve_depthwise_bits *d, const uint32_t *counts, int32_t lane, int32_t position) {
  const int32_t channels = d->layer->dims->output.c, first = d->to.word * TQ_WORD_BITS, rest = channels - first;
  const uint16x8_t even = vidupq_n_u16(0, 2), odd = vaddq_n_u16(even, 1);
  const uint8x16_t places = vmulq_n_u8(vidupq_n_u8(0, 1), (uint8_t)(d->twice ? 2 : 1));
  int8_t *const output = (int8_t *)d->layer->output + position * channels + first;

  for (int32_t half = 0; half < 2; half++) {
    const int32_t left = d->twice ? (rest + 1 - half) / 2 : rest - 16 * half;
    const int8_t *const table = d->table + 16 * half;
    if (left <= 0) return;
    const uint8x16_t x = bytes_of((const uint16_t *)(counts + lane) + half, d->digits - d->skipped);
    const uint16x8_t low = vorrq_u16(vshlq_n_u16(vmovlbq_u8(x), 5), even);
    const uint16x8_t high = vorrq_u16(vshlq_n_u16(vmovltq_u8(x), 5), odd);
    const int8x16_t y = vmovntq_s16(vreinterpretq_s8_s16(vldrbq_gather_offset_s16(table, low)),
                                    vldrbq_gather_offset_s16(table, high));
    vstrbq_scatter_offset_p_s8(output + (d->twice ? half : 16 * half), places, y,
                               vctp8q((uint32_t)(left < 16 ? left : 16)));
  }
}

#else

/* Not called: tq_mve_depthwise_conv_bits goes another way. */
void tq_mve_depthwise_look_up(const tq_mve_depthwise_bits *d, const uint32_t *counts, int32_t lane, int32_t position) {
  (void)d;
  (void)counts;
  (void)lane;
  (void)position;
}

#endif
