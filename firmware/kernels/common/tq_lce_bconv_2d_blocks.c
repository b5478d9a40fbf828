#include "tq_lce_block.h"

/* One output channel of a block. */
static void write_channel(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const tq_lce_block *block,
                          const int32_t *filter, int32_t channel, tq_lce_write_block *write, uint8_t *pixels,
                          int32_t pixel_bytes) {
  const int32_t mended = params->corrected || !params->pad_value;
  tq_lce_count counts[TQ_LCE_POSITIONS];
  int32_t bits[TQ_LCE_POSITIONS];

  tq_lce_differing(block, filter, bits);
  for (int32_t p = 0; p < block->count; p++) {
    counts[p] = (tq_lce_count){bits[p], 0, 0};
    if (mended && block->outside[p]) tq_lce_mend_outside(params, dims, block, filter, p, &counts[p]);
  }
  write(params, counts, block->count, channel, pixels, pixel_bytes);
}

void tq_lce_bconv_2d_blocks(const tq_lce_bconv_params *params, const tq_conv_dims *dims, const int32_t *input,
                            const int32_t *filter, tq_lce_write_block *write, void *output,
                            int32_t pixel_bytes, void *scratch) {
  const tq_dims size = dims->filter, out = dims->output;
  const int32_t words = (size.c + 31) / 32, group_size = size.n / (dims->input.c / size.c);
  const int32_t positions = out.n * out.h * out.w;
  tq_lce_block block = {.words = scratch, .filter_words = size.h * size.w * words};
  uint8_t *pixels = output;

  for (int32_t first = 0; first < positions; first += TQ_LCE_POSITIONS) {
    const int32_t rest = positions - first;
    block.count = rest < TQ_LCE_POSITIONS ? rest : TQ_LCE_POSITIONS;
    for (int32_t o = 0; o < size.n; o++) {
      if (o % group_size == 0) tq_lce_gather(params, dims, input + o / group_size * words, first, &block);
      write_channel(params, dims, &block, filter + o * block.filter_words, o, write, pixels, pixel_bytes);
    }
    pixels += TQ_LCE_POSITIONS * pixel_bytes;
  }
}
