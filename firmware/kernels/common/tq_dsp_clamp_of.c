#include "tq_dsp_conv_2d.h"

tq_dsp_clamp tq_dsp_clamp_of(int32_t zero_point, int32_t min, int32_t max) {
  tq_dsp_clamp clamp;

  clamp.zero_point = zero_point;
  clamp.min = min;
  clamp.max = max;
  clamp.room = (uint32_t)(255 - (max - min)) * 0x01010101u;
  clamp.back = (uint32_t)(uint8_t)(min - (255 - (max - min))) * 0x01010101u;
  return clamp;
}
