#include "tq_load_conv.h"

void *tq_load_conv(tq_loading *loading, const tq_conv_variant *variants, tq_dims input, tq_dims filter,
                   const tq_packed_weights *weights) {
  const tq_axis h = tq_scan_axis(loading, 'h', input.h, filter.h, 1);
  const tq_axis w = tq_scan_axis(loading, 'w', input.w, filter.w, 1);
  const tq_conv_dims dims = {input, filter, {input.n, h.output, w.output, weights->channels}};

  return tq_load_scanned_conv(loading, variants, &dims, h, w, weights);
}
