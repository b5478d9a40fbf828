#include "tq_mve.h"
#include "tq_mve_sliced.h"

/* to[i] = first + i * step. */
static void put_ramp(int32_t *to, int32_t first, int32_t step, int32_t count) {
#if TQ_MVE
  const int32x4_t steps = vmulq_n_s32(vreinterpretq_s32_u32(vidupq_n_u32(0, 1)), step);
  int32x4_t x = vaddq_n_s32(steps, first);
  __asm__ volatile("wlstp.32 lr, %[count], 2f\n"
                   "1: vstrw.32 %q[x], [%[to]], #16\n"
                   "vadd.i32 %q[x], %q[x], %[four]\n"
                   "letp lr, 1b\n"
                   "2:\n"
                   : [to] "+r"(to), [x] "+w"(x)
                   : [count] "r"(count), [four] "r"(4 * step)
                   : "lr", "memory");
#else
  for (int32_t i = 0; i < count; i++) to[i] = first + i * step;
#endif
}

void tq_mve_sliced_begin(tq_mve_sliced *s, int32_t first) {
  const tq_sliced *const layer = s->layer;
  const tq_dims in = layer->dims->input, out = layer->dims->output;
  const int32_t pixel = tq_bits_row(in.c, layer->x_levels), rest = out.n * out.h * out.w - first;
  const int32_t count = rest < TQ_MVE_BLOCK ? rest : TQ_MVE_BLOCK;
  int32_t row = first / out.w, column = first % out.w;

  for (int32_t i = 0, run; i < TQ_MVE_BLOCK; i += run, row++, column = 0) {
    const int32_t last = i == count; /* the last one again */
    const int32_t at = last ? out.w - 1 : column, at_row = last ? row - 1 : row;
    const int32_t y = at_row % out.h * layer->stride_h - layer->pad_top, x = at * layer->stride_w - layer->pad_left;
    const int32_t step = last ? 0 : layer->stride_w, left = (last ? TQ_MVE_BLOCK : count) - i;
    run = last || left < out.w - column ? left : out.w - column;
    put_ramp(s->y0 + i, y, 0, run);
    put_ramp(s->x0 + i, x, step, run);
    put_ramp(s->start + i, ((at_row / out.h * in.h + y) * in.w + x) * pixel, step * pixel, run);
  }
}
