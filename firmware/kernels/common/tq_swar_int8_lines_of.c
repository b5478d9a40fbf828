#include "tq_swar_int8.h"

enum { MOST = 256 };

tq_swar_int8_lines tq_swar_int8_lines_of(const tq_conv_dims *dims) {
  const int32_t h = dims->filter.h, behind = dims->filter.w - 1, fours = (dims->output.w + 3) / 4 * 4;
  const int32_t room = TQ_SWAR_SCRATCH / 4 - h * (behind + 1) - h * behind;
  tq_swar_int8_lines lines = {h * (behind + 1), room > 0 ? room / (h + 1) / 4 * 4 : 0, 0};

  if (lines.positions > fours) lines.positions = fours;
  if (lines.positions > MOST) lines.positions = MOST;
  lines.words = lines.positions + behind;
  return lines;
}
