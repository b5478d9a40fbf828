#include "tq_bits.h"
#include "tq_sliced_lines.h"

static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

/* A line of the output is cut into pieces of the same size. Filters of a Conv2D are all, or whole bytes of outputs. */
tq_sliced_lines_sizes tq_sliced_lines_sizes_of(const tq_conv_dims *dims, int32_t planes) {
  const int depthwise = tq_sliced_lines_depthwise(dims);
  const int32_t rows = dims->filter.h, before = dims->filter.w - 1, wide = tq_bits_words(dims->output.w);
  const int32_t channels = depthwise ? smaller(dims->input.c, TQ_SLICED_LINES_CHANNELS) : dims->input.c;
  const int32_t together = depthwise ? 1 : channels, seen = together * rows;
  const int32_t behind = tq_bits_words(before), lines = channels * planes * rows;
  const int32_t fixed = lines * behind + planes * 2 * seen * before;
  const int32_t each = lines + planes * (2 * seen + 1) + 1;
  const int32_t room = (TQ_SLICED_LINES_WORDS - fixed) / each, most = room < 1 ? 1 : room;
  const int32_t pieces = (wide + most - 1) / most, words = (wide + pieces - 1) / pieces;
  tq_sliced_lines_sizes sizes = {.words = words, .behind = behind, .all = fixed + each * words, .channels = channels,
                                 .together = together};

  sizes.line = rows * (words + behind);
  sizes.lines = lines * (words + behind);
  sizes.seen = seen * (words + before);
  sizes.plane = 2 * sizes.seen + words;
  sizes.list = (seen * dims->filter.w + 2 * 3 + 1) / 2 * 2; /* two lists, each in fours */
  if (depthwise) {
    sizes.filters = channels * (dims->output.c / dims->input.c);
  } else {
    const int32_t fit = TQ_SLICED_FEW_LISTS / ((int32_t)sizeof(tq_sliced_lines_filter) + 2 * sizes.list);
    sizes.filters = smaller(fit < 8 ? 8 : fit / 8 * 8, dims->output.c);
  }
  sizes.last = 4 * 2 * TQ_SLICED_LINES_CHANNELS * words;
  if (sizes.last < TQ_SLICED_LINES_TABLES) sizes.last = TQ_SLICED_LINES_TABLES;
  return sizes;
}
