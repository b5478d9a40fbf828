#include "tq_mve_narrow.h"
#include "tq_mve_tables.h"

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
    const int32_t before = rows ? tq_clamp(-x, 0, run) : run, end = rows ? tq_clamp(in.w - x, before, run) : run;
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

/* Bytes 0 to 3 of `count` pixels, each in a line. */
static void split(const tq_mve_narrow *n, int32_t count) {
  const uint32_t *pixels = n->pixels;
  uint8_t *to = n->bytes;

  for (; count > 0; count -= 16, pixels += 16, to += 16) {
    tq_sixteen bytes[4];
    tq_sixteen_split(pixels, bytes);
    tq_sixteen_store(bytes[0], to);
    tq_sixteen_store(bytes[1], to + TQ_MVE_PIXELS);
    tq_sixteen_store(bytes[2], to + 2 * TQ_MVE_PIXELS);
    tq_sixteen_store(bytes[3], to + 3 * TQ_MVE_PIXELS);
  }
}

/* A table of nibbles, the upper ones or the lower ones, of `lanes` bytes and of those that are 32 further on. */
static void lay(const uint8_t *bytes, int upper, int32_t lanes, uint8_t *table) {
  for (; lanes > 0; lanes -= 16, bytes += 16, table += 16) {
    const tq_sixteen a = tq_sixteen_load(bytes), b = tq_sixteen_load(bytes + 32);
    TQ_MVE_LAY_SIGNS(upper ? tq_sixteen_upper(a, b) : tq_sixteen_lower(a, b), table, TQ_MVE_LINE);
  }
}

void tq_mve_narrow_fill(const tq_mve_narrow *n, int32_t image, int32_t first, int32_t blocks) {
  const int32_t lanes = (TQ_MVE_BLOCK * blocks - 32 + n->span + 15) / 16 * 16;

  see(n, image, first, lanes + 32);
  split(n, lanes + 32);
  for (int32_t k = 0; k < n->nibbles; k++) {
    lay(n->bytes + k / 2 * TQ_MVE_PIXELS, k % 2, lanes, n->tables + k * TQ_MVE_LINES);
  }
}
