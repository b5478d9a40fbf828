#include "tq_bits.h"
#include "tq_sliced.h"

void tq_sliced_see(tq_sliced *layer, int32_t tap, int32_t group_word) {
  const tq_dims in = layer->dims->input;
  const int32_t row = tq_bits_row(in.c, layer->x_levels), columns = layer->dims->filter.w;
  const int32_t down = tap / columns * layer->dilation_h, right = tap % columns * layer->dilation_w;
  const int32_t *const input = layer->input, *const outside = layer->outside + group_word;
  /* Unsigned: where it would leave int32_t, the tap is outside, and it is not used. */
  const uint32_t step = ((uint32_t)down * (uint32_t)in.w + (uint32_t)right) * (uint32_t)row + (uint32_t)group_word;
  tq_sliced_block *const block = &layer->block;

  const int32_t rows = block->top + down >= 0 && block->bottom + down < in.h; /* all inside */

  block->inside = rows && block->left + right >= 0 && block->right + right < in.w;
  if (block->inside) {
    for (int32_t i = 0; i < TQ_SLICED_LANES; i += 4) {
      block->seen[i] = input + (int32_t)((uint32_t)block->start[i] + step);
      block->seen[i + 1] = input + (int32_t)((uint32_t)block->start[i + 1] + step);
      block->seen[i + 2] = input + (int32_t)((uint32_t)block->start[i + 2] + step);
      block->seen[i + 3] = input + (int32_t)((uint32_t)block->start[i + 3] + step);
    }
  } else if (rows) {
    for (int32_t i = 0; i < TQ_SLICED_LANES; i++) {
      const int32_t inside = (uint32_t)(block->x0[i] + right) < (uint32_t)in.w;
      block->seen[i] = inside ? input + (int32_t)((uint32_t)block->start[i] + step) : outside;
    }
  } else {
    for (int32_t i = 0; i < TQ_SLICED_LANES; i++) {
      const uint32_t y = (uint32_t)(block->y0[i] + down), x = (uint32_t)(block->x0[i] + right);
      const int32_t inside = y < (uint32_t)in.h && x < (uint32_t)in.w;
      block->seen[i] = inside ? input + (int32_t)((uint32_t)block->start[i] + step) : outside;
    }
  }
}
