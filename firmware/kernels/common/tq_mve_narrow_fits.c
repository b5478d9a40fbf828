#include "tq_mve_narrow.h"

int32_t tq_mve_narrow_fits(const tq_sliced *layer, tq_mve_narrow *n) {
  const tq_dims filter = layer->dims->filter, out = layer->dims->output;
  const int32_t taps = filter.h * filter.w, right = (filter.w - 1) * layer->dilation_w;
  const int32_t down = (filter.h - 1) * layer->dilation_h;
  int32_t bytes;

  if (out.n * out.h * out.w < TQ_MVE_BLOCK / 4) return 0;
  if (layer->x_levels != 2 || layer->w_levels != 2 || layer->stride_h != 1 || layer->stride_w != 1) return 0;
  if (layer->dims->input.c != filter.c || filter.c > TQ_WORD_BITS) return 0;
  n->nibbles = (filter.c + 3) / 4;
  /* Sums of entries are bytes, and far enough from their ends. */
  if (taps * n->nibbles > 63 && (taps > 64 || n->nibbles > 1 || filter.c > 3)) return 0;
  n->row = out.w + right;
  if (right > TQ_MVE_SPAN || (down > 0 && n->row > (TQ_MVE_SPAN - right) / down)) return 0;
  n->span = down * n->row + right;
  n->rooms = (filter.n + 7) / 8 * 8;
  n->threes = (taps * n->nibbles + 2) / 3;
  bytes = 4 * (1 + tq_bits_words(filter.n) + filter.n + 2 * TQ_MVE_PIXELS) + TQ_MVE_BLOCK * n->rooms + TQ_MVE_NOTHING;
  bytes += 12 * filter.n * n->threes + TQ_MVE_LINES * n->nibbles;
  return bytes <= tq_mve_sliced_scratch(layer->dims);
}
