#include "tq_mve_conv_2d.h"

#include "tq_mve_scales.h"

int32_t tq_mve_filters_at_once(const tq_conv_dims *dims, int packed) {
  const int32_t taps = dims->filter.h * dims->filter.w * dims->filter.c;
  const int32_t filters = dims->filter.n / (dims->input.c / dims->filter.c);
  const int32_t unpacked = TQ_MVE_PANEL / taps < 2 ? 2 : TQ_MVE_PANEL / taps;
  const int32_t most = packed && unpacked < TQ_MVE_APART ? unpacked : TQ_MVE_APART;
  const int32_t passes = (filters + most - 1) / most;

  return (filters + passes - 1) / passes; /* none much smaller than the others */
}
