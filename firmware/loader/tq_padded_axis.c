#include "tq_loading.h"

tq_axis tq_padded_axis(tq_loading *loading, const char *stride_name, const char *dilation_name, int32_t size,
                       int32_t filter_size) {
  const int32_t padding = tq_integer_option(loading, "padding", TQ_PADDING_SAME, TQ_PADDING_VALID);
  const int64_t stride = tq_integer_option(loading, stride_name, 1, INT32_MAX);
  const int64_t dilation = dilation_name == NULL ? 1 : tq_integer_option(loading, dilation_name, 1, INT32_MAX);
  const int64_t extent = ((int64_t)filter_size - 1) * dilation + 1;
  tq_axis result = {1, 1, 0, 1};

  if (tq_refused(loading)) return result;
  if (extent + size + stride > TQ_MOST_POSITIONS) {
    tq_refuse(loading, TQ_BAD_OPTION, "input %i, %s %i and filter extent %i are more than 2^24", (int64_t)size,
              stride_name, stride, extent);
    return result;
  }
  const int64_t output =
      padding == TQ_PADDING_SAME ? (size + stride - 1) / stride : (size + stride - extent) / stride;
  if (output < 1) {
    tq_refuse(loading, TQ_BAD_TENSOR, "a filter of extent %i does not fit an input of %i", extent, (int64_t)size);
    return result;
  }
  const int64_t around = (output - 1) * stride + extent - size;
  result = (tq_axis){(int32_t)stride, (int32_t)dilation, around > 0 ? (int32_t)(around / 2) : 0, (int32_t)output};
  return result;
}
