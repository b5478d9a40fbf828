#include "tq_mve_lines.h"

enum { MOST = 12288 }; /* bytes of indices, if a block needs no more */

tq_mve_lines_sizes tq_mve_lines_sizes_of(const tq_conv_dims *dims, int32_t planes) {
  const int32_t at_once = TQ_MVE_LINES_AT_ONCE, wide = (dims->output.w + at_once - 1) / at_once * at_once;
  tq_mve_lines_sizes sizes = {.columns = dims->filter.w == 1, .taps = dims->filter.h * dims->filter.w};
  const int32_t entries = (planes == 1 ? 1 : 9) * sizes.taps + 1;
  int32_t most, w_apart, seen;

  sizes.bits = dims->output.w > TQ_MVE_LINES_WIDE ? 8 : 4;
  sizes.together = sizes.bits / planes;
  sizes.groups = (sizes.taps + sizes.together - 1) / sizes.together;
  most = (sizes.columns ? MOST / 8 / sizes.groups : MOST / 8 - sizes.taps) / at_once * at_once;
  most = most < at_once ? at_once : most;
  sizes.block = wide < most ? wide : most;
  sizes.apart = sizes.columns ? sizes.block : (sizes.block + sizes.groups * sizes.together + 15) / 16 * 16;
  sizes.step = sizes.columns ? 8 * sizes.block : sizes.together;
  sizes.indices = 8 * sizes.apart * (sizes.columns ? sizes.groups : 1);
  w_apart = (sizes.taps + 15) / 16 * 16;
  seen = sizes.columns ? sizes.bits * sizes.block : planes * (sizes.apart + 16);
  seen = seen > 2 * (w_apart + 16) ? seen : 2 * (w_apart + 16);
  sizes.shared = seen > 3 * sizes.block ? seen : 3 * sizes.block;
  sizes.weights = 8 * w_apart;
  sizes.tables = sizes.bits == 8 ? sizes.groups * TQ_MVE_LINES_ENTRIES : 0;
  sizes.tables = ((sizes.tables > entries ? sizes.tables : entries) + 3) / 4 * 4;
  return sizes;
}
