#include "tq_loading.h"

tq_axis tq_scan_axis(tq_loading *loading, char axis, int32_t size, int32_t filter_size, int dilated) {
  const int h = axis == 'h';
  const char *const dilation_name = h ? "dilation_h_factor" : "dilation_w_factor";

  return tq_padded_axis(loading, h ? "stride_h" : "stride_w", dilated ? dilation_name : NULL, size, filter_size);
}
