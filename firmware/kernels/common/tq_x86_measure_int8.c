#include "tq_x86_bits.h"
#include "tq_x86_int8.h"

int tq_x86_measure_int8(const tq_conv_params *params, const tq_conv_dims *dims, void *scratch, tq_x86_int8_work *w) {
  const tq_dims in = dims->input, filter = dims->filter, out = dims->output;
  const int64_t height = tq_x86_seen(out.h, params->stride_h, filter.h, params->dilation_h);
  const int64_t width = tq_x86_seen(out.w, params->stride_w, filter.w, params->dilation_w);
  const int32_t level = tq_x86_level();

  if (level == TQ_X86_BASE || tq_x86_conv_int8_scratch(dims) == 0) return 0;
  if (height > tq_x86_padded(in.h, filter.h) || width > tq_x86_padded(in.w, filter.w)) return 0;
  w->params = params;
  w->dims = dims;
  w->avx512 = level == TQ_X86_AVX512;
  w->taps = filter.h * filter.w;
  w->segments = params->dilation_w == 1 ? filter.h : w->taps;
  w->run = w->taps / w->segments * filter.c;
  w->run_words = (w->run + 3) / 4;
  w->words = w->segments * w->run_words;
  w->pixel = filter.c;
  w->row = (int32_t)width * filter.c;
  w->height = (int32_t)height;
  w->width = (int32_t)width;
  w->steps = scratch;
  w->no_steps = w->steps + w->words;
  w->block = (tq_x86_int8_block *)(void *)(w->no_steps + w->words);
  w->rows = (int8_t *)(w->block + 1) + TQ_X86_DOT_CHANNELS * 4 * w->words;
  w->buffer = w->rows + TQ_X86_DOT_CHANNELS * (4 * w->words + TQ_X86_SLACK);
  w->image = (uint8_t *)w->buffer + 4 * w->words + TQ_X86_SLACK;
  return 1;
}
