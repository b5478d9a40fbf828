#include "tq_mve.h"
#include "tq_mve_sliced.h"

void tq_mve_sliced_see(tq_mve_sliced *s, int32_t tap) {
  const tq_sliced *const layer = s->layer;
  const tq_dims in = layer->dims->input;
  const int32_t row = tq_bits_row(in.c, layer->x_levels), columns = layer->dims->filter.w;
  const int32_t down = tap / columns * layer->dilation_h, right = tap % columns * layer->dilation_w;
  /* Unsigned: where it would leave int32_t, the tap is outside, and it is not used. */
  const uint32_t step = ((uint32_t)down * (uint32_t)in.w + (uint32_t)right) * (uint32_t)row + (uint32_t)s->group_word;

#if TQ_MVE
  const int32_t *y0 = s->y0, *x0 = s->x0, *start = s->start;
  int32_t *seen = s->seen;
  __asm__ volatile("vmov.i8 q3, #255\n"
                   "dls lr, %[fours]\n"
                   "1: vldrw.32 q0, [%[y0]], #16\n"
                   "vadd.i32 q0, q0, %[down]\n"
                   "vldrw.32 q1, [%[x0]], #16\n"
                   "vadd.i32 q1, q1, %[right]\n"
                   "vldrw.32 q2, [%[start]], #16\n"
                   "vadd.i32 q2, q2, %[step]\n"
                   "vpt.u32 cs, q0, %[height]\n"
                   "vmovt q2, q3\n"
                   "vpt.u32 cs, q1, %[width]\n"
                   "vmovt q2, q3\n"
                   "vstrw.32 q2, [%[seen]], #16\n"
                   "le lr, 1b\n"
                   : [y0] "+r"(y0), [x0] "+r"(x0), [start] "+r"(start), [seen] "+r"(seen)
                   : [down] "r"(down), [right] "r"(right), [step] "r"(step), [height] "r"(in.h), [width] "r"(in.w),
                     [fours] "r"(TQ_MVE_BLOCK / 4)
                   : "q0", "q1", "q2", "q3", "lr", "memory");
#else
  for (int32_t i = 0; i < TQ_MVE_BLOCK; i++) {
    const uint32_t y = (uint32_t)(s->y0[i] + down), x = (uint32_t)(s->x0[i] + right);
    const int32_t inside = y < (uint32_t)in.h && x < (uint32_t)in.w;
    s->seen[i] = inside ? (int32_t)((uint32_t)s->start[i] + step) : -1;
  }
#endif
  s->seen_tap = tap;
}
