#include "tq_mve_narrow.h"
#include "tq_mve_tables.h"

static int32_t clamp(int32_t x, int32_t low, int32_t high) { return x < low ? low : x < high ? x : high; }

static uint32_t *put_outside(uint32_t *to, uint32_t outside, int32_t count) {
  for (; count > 0; count--) *to++ = outside;
  return to;
}

/* `count` pixels of the line. */
static void see(const tq_mve_narrow *n, int32_t image, int32_t first, int32_t count) {
  const tq_sliced *const layer = n->store.layer;
  const tq_dims in = layer->dims->input;
  const uint32_t outside = (uint32_t)layer->outside[0];
  int32_t y = first / n->row - layer->pad_top, x = first % n->row - layer->pad_left;
  uint32_t *to = n->pixels;

  while (count > 0) {
    const int32_t rest = n->row - layer->pad_left - x, run = rest < count ? rest : count;
    const int32_t rows = y >= 0 && y < in.h; /* that are there */
    const int32_t before = rows ? clamp(-x, 0, run) : run, end = rows ? clamp(in.w - x, before, run) : run;
    to = put_outside(to, outside, before);
    if (end > before) {
      const int32_t *const from = layer->input + (image * in.h + y) * in.w + x + before;
      to = (uint32_t *)(uintptr_t)tq_mve_copy((int8_t *)to, (const int8_t *)from, 4 * (end - before));
    }
    to = put_outside(to, outside, run - end);
    count -= run;
    x = -layer->pad_left;
    y++;
  }
}

void tq_mve_narrow_fill(const tq_mve_narrow *n, int32_t image, int32_t first) {
  see(n, image, first, 16 * n->sixteens + 32);
  for (int32_t v = 0; v < n->sixteens; v++) {
    tq_sixteen bytes[2][4];
    tq_sixteen_split(n->pixels + 16 * v, bytes[0]);
    tq_sixteen_split(n->pixels + 16 * v + 32, bytes[1]);
    for (int32_t k = 0; k < n->nibbles; k++) {
      tq_mve_lay_signs(tq_mve_slice(bytes, k), n->tables + k * TQ_MVE_LINES + 16 * v, TQ_MVE_LINE);
    }
  }
}
