#include "tq_swar_lines.h"

/* Places of the codes that are `code`. */
static uint16_t *put_places(const tq_conv_dims *dims, const tq_swar_steps *steps, int32_t stride_w,
                            const tq_swar_stretch *stretch, const int8_t *codes, int32_t code, uint16_t *places) {
  for (int32_t row = 0; row < dims->filter.h; row++, codes += steps->code_down) {
    const int8_t *of_row = codes;
    int32_t phase = 0, word = row * stretch->row_words;
    for (int32_t column = 0; column < dims->filter.w; column++, of_row += steps->code_right) {
      if (*of_row == code) *places++ = (uint16_t)(4 * (word + phase * stretch->phase_words));
      if (++phase == 2 * stride_w) {
        phase = 0;
        word++;
      }
    }
  }
  return places;
}

void tq_swar_set_filter(const tq_conv_dims *dims, const tq_swar_steps *steps, int32_t stride_w,
                        const tq_swar_stretch *stretch, const int8_t *codes, tq_swar_filter *filter) {
  uint16_t *const places = (uint16_t *)(void *)(filter + 1);
  uint16_t *const plus = put_places(dims, steps, stride_w, stretch, codes, -1, places);

  filter->minus = (int32_t)(plus - places);
  filter->all = (int32_t)(put_places(dims, steps, stride_w, stretch, codes, 1, plus) - places);
}
