#include "tq_sliced_lce.h"

/* The first tap of position p of the block, and how many taps are outside the input. */
static void find_outside(const tq_sliced *layer, int32_t p, tq_lce_block *block) {
  const tq_dims in = layer->dims->input, filter = layer->dims->filter;
  const int32_t lane = (p & 4) << 1 | (p & 8) >> 1 | (p & 1) << 1 | (p & 2) >> 1; /* see tq_sliced_gather */
  const int32_t y0 = layer->block.y0[lane], x0 = layer->block.x0[lane];
  int32_t rows = 0, columns = 0;

  for (int32_t fy = 0, y = y0; fy < filter.h; fy++, y += layer->dilation_h) rows += y >= 0 && y < in.h;
  for (int32_t fx = 0, x = x0; fx < filter.w; fx++, x += layer->dilation_w) columns += x >= 0 && x < in.w;
  block->y0[p] = y0;
  block->x0[p] = x0;
  block->outside[p] = filter.h * filter.w - rows * columns;
}

void tq_sliced_store_lce(const tq_sliced *layer, int32_t first, int32_t end, const uint32_t *sums) {
  const tq_sliced_lce_output *const to = layer->params;
  const int32_t mended = tq_sliced_mended(to->params) && tq_sliced_reaches_outside(layer);
  const int32_t filter_words =
      layer->dims->filter.h * layer->dims->filter.w * ((layer->dims->filter.c + 31) / 32);
  uint8_t *const pixels = (uint8_t *)layer->output + layer->block.first * to->pixel_bytes;
  tq_lce_block block = {.words = NULL};

  for (int32_t p = 0; p < layer->block.count && mended; p++) find_outside(layer, p, &block);
  for (int32_t o = first; o < end; o++, sums += TQ_SLICED_SUMS) {
    for (int32_t p = 0; p < layer->block.count; p++) {
      tq_lce_count count = {(int32_t)(tq_sliced_lanes(sums, p % 8) >> 2 * (p & 8) & 0xffffu), 0, 0};
      if (mended && block.outside[p]) {
        tq_lce_mend_outside(to->params, layer->dims, &block, layer->weights + o * filter_words, p, &count);
      }
      to->write(to->params, &count, o, pixels + p * to->pixel_bytes);
    }
  }
}
