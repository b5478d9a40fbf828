#include "tq_bits.h"
#include "tq_sliced_depthwise.h"

tq_sliced_line tq_sliced_line_of(const tq_sliced *layer, const tq_sliced_taps *taps, const int32_t *weights,
                                 int32_t line) {
  const tq_dims in = layer->dims->input, filter = layer->dims->filter, out = layer->dims->output;
  const int32_t y = line % out.h * layer->stride_h - layer->pad_top, pixel = tq_bits_row(in.c, layer->x_levels);
  const tq_range down = tq_taps_inside(y, layer->dilation_h, filter.h, in.h);
  const int32_t row = line / out.h * in.h + tq_first_inside(down, y, layer->dilation_h);
  const int32_t plane = layer->only_signs ? taps->words : 0;
  const tq_sliced_line made = {.x = layer->input + row * in.w * pixel + plane + taps->word,
                               .weights = weights,
                               .rows = down,
                               .taps_h = filter.h,
                               .taps_w = filter.w,
                               .width = in.w,
                               .dilation = layer->dilation_w,
                               .pixel = pixel,
                               .down = tq_step_inside(layer->dilation_h, in.h) * in.w * pixel,
                               .right = tq_step_inside(layer->dilation_w, in.w) * pixel,
                               .digits = taps->digits,
                               .zeros = layer->only_signs,
                               .padding = (uint32_t)layer->outside[taps->word]};

  return made;
}
