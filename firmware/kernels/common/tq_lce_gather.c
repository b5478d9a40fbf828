#include "tq_lce_block.h"

/* What one position sees, into every TQ_LCE_POSITIONS-th word from `to` on. Returns the taps outside. */
static int32_t gather_one(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *image,
                          int32_t y0, int32_t x0, uint32_t *to) {
  const tq_dims in = dims->input, filter = dims->filter;
  const int32_t pixel_words = (in.c + 31) / 32, words = (filter.c + 31) / 32;
  int32_t outside = 0;

  for (int32_t fy = 0; fy < filter.h; fy++) {
    const int32_t y = y0 + fy * params->dilation_h;
    for (int32_t fx = 0; fx < filter.w; fx++, to += words * TQ_LCE_POSITIONS) {
      const int32_t x = x0 + fx * params->dilation_w;
      if (y < 0 || y >= in.h || x < 0 || x >= in.w) {
        for (int32_t i = 0; i < words; i++) to[i * TQ_LCE_POSITIONS] = 0;
        outside++;
      } else {
        const int32_t *const from = image + (y * in.w + x) * pixel_words;
        for (int32_t i = 0; i < words; i++) to[i * TQ_LCE_POSITIONS] = (uint32_t)from[i];
      }
    }
  }
  return outside;
}

void tq_lce_gather(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *group, int32_t first,
                   tq_lce_block *block) {
  const tq_dims in = dims->input, out = dims->output;
  const int32_t last = out.n * out.h * out.w - 1;
  const int32_t image_words = in.h * in.w * ((in.c + 31) / 32);

  for (int32_t p = 0; p < TQ_LCE_POSITIONS; p++) {
    const int32_t position = first + p < last ? first + p : last;
    const int32_t row = position / out.w;
    block->y0[p] = row % out.h * params->stride_h - params->pad_top;
    block->x0[p] = position % out.w * params->stride_w - params->pad_left;
    block->outside[p] = gather_one(params, dims, group + row / out.h * image_words, block->y0[p], block->x0[p],
                                   block->words + p);
  }
}
