#include "tq_mve_narrow.h"

int32_t tq_mve_narrow_fits(const tq_sliced *layer, tq_mve_narrow *n) {
  const tq_dims filter = layer->dims->filter, out = layer->dims->output;
  const int32_t right = (filter.w - 1) * layer->dilation_w, down = (filter.h - 1) * layer->dilation_h;
  const int32_t pairs = TQ_SLICED_PAIRS(layer->x_levels, layer->w_levels);
  const int32_t signs = layer->w_levels == 2 && (layer->x_levels == 2 || layer->only_signs);

  if (out.n * out.h * out.w < TQ_MVE_BLOCK / 4) return 0;
  if (!(pairs || signs) || layer->stride_h != 1 || layer->stride_w != 1) return 0;
  if (layer->dims->input.c != filter.c || filter.c > TQ_WORD_BITS) return 0;
  n->row = out.w + right;
  if (right > TQ_MVE_SPAN || (down > 0 && n->row > (TQ_MVE_SPAN - right) / down)) return 0;
  n->span = down * n->row + right;
  n->sizes = tq_mve_narrow_sizes_of(filter, layer->x_levels == 3 ? 2 : 1, pairs);
  return tq_mve_narrow_bytes(filter, &n->sizes) <= tq_mve_sliced_scratch(layer->dims);
}
