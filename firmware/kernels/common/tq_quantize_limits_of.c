#include "tq_quantize_limits.h"

tq_quantize_limits tq_quantize_limits_of(const tq_quantize_a8_bits_params *params, int32_t depth, int32_t first) {
  const int32_t cuts = params->levels - 1, rest = depth - first;
  tq_quantize_limits to = {.channels = rest < TQ_WORD_BITS ? rest : TQ_WORD_BITS, .one_cut = 1};

  for (int32_t c = 0; c < to.channels; c++) {
    const int32_t *const thresholds = params->thresholds + (params->per_channel ? first + c : 0) * cuts;
    for (int32_t i = 0; i < cuts; i++) {
      const int32_t t = thresholds[i];
      to.least[i][c] = (int8_t)(t < INT8_MIN ? INT8_MIN : t >= INT8_MAX ? INT8_MAX : t + 1);
      to.possible[i] |= (uint32_t)(t < INT8_MAX) << c;
      to.one_cut &= t == thresholds[0];
    }
  }
  to.flip = tq_quantize_flip_of(params, first, to.channels);
  return to;
}
