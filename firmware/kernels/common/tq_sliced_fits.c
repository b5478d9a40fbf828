#include "tq_bits.h"
#include "tq_sliced.h"

int32_t tq_sliced_fits(const tq_conv_dims *dims, int32_t x_levels, int32_t w_levels, int32_t packed) {
  const int32_t groups = dims->input.c / dims->filter.c, taps = dims->filter.h * dims->filter.w;
  const int32_t peak = tq_sliced_peaks(x_levels, w_levels), most = TQ_SLICED_LIMIT / peak;

  if (groups > 1 && dims->filter.c % TQ_WORD_BITS != 0) return 0;
  if (groups > 1 && packed && dims->filter.n / groups % TQ_WORD_BITS != 0) return 0;
  return tq_bits_planes(x_levels) <= TQ_SLICED_PLANES && taps <= most && dims->filter.c <= most / taps;
}
