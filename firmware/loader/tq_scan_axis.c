#include "tq_loading.h"

tq_axis tq_scan_axis(tq_loading *loading, char axis, int32_t size, int32_t filter_size, int dilated) {
  enum { SAME, VALID }; /* the schema's numbers */
  const char *const stride_name = axis == 'h' ? "stride_h" : "stride_w";
  const char *const dilation_name = axis == 'h' ? "dilation_h_factor" : "dilation_w_factor";
  const int32_t padding = tq_integer_option(loading, "padding", SAME, VALID);
  const int64_t stride = tq_integer_option(loading, stride_name, 1, INT32_MAX);
  const int64_t dilation = dilated ? tq_integer_option(loading, dilation_name, 1, INT32_MAX) : 1;
  const int64_t extent = ((int64_t)filter_size - 1) * dilation + 1;
  tq_axis result = {1, 1, 0, 1};

  if (tq_refused(loading)) return result;
  if (extent + size + stride > 1 << 24) { /* positions are 32-bit; nothing real comes near */
    tq_refuse(loading, TQ_BAD_OPTION, "input %i, %s %i and filter extent %i are more than 2^24", (int64_t)size,
              stride_name, stride, extent);
    return result;
  }
  const int64_t output = padding == SAME ? (size + stride - 1) / stride : (size + stride - extent) / stride;
  if (output < 1) {
    tq_refuse(loading, TQ_BAD_TENSOR, "a filter of extent %i does not fit an input of %i", extent, (int64_t)size);
    return result;
  }
  const int64_t around = (output - 1) * stride + extent - size;
  result = (tq_axis){(int32_t)stride, (int32_t)dilation, around > 0 ? (int32_t)(around / 2) : 0, (int32_t)output};
  return result;
}
