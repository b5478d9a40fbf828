#include "tq_swar_lines.h"

static void turn(tq_dims *dims) {
  const int32_t h = dims->h;

  dims->h = dims->w;
  dims->w = h;
}

tq_conv_dims tq_swar_turned(const tq_conv_dims *dims) {
  tq_conv_dims turned = *dims;

  turn(&turned.input);
  turn(&turned.filter);
  turn(&turned.output);
  return turned;
}
