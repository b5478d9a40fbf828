#include "tq_bits.h"
#include "tq_sliced_lines.h"

/* A line of the output is cut into pieces of the same size. */
tq_sliced_lines_sizes tq_sliced_lines_sizes_of(const tq_conv_dims *dims, int32_t planes) {
  const int32_t rows = dims->filter.h, before = dims->filter.w - 1, wide = tq_bits_words(dims->output.w);
  const int32_t channels = dims->input.c < TQ_SLICED_LINES_CHANNELS ? dims->input.c : TQ_SLICED_LINES_CHANNELS;
  const int32_t behind = tq_bits_words(before), lines = channels * planes;
  const int32_t fixed = lines * behind + planes * 2 * before;
  const int32_t each = lines * rows + planes * (2 * rows + 1) + 1;
  const int32_t room = (TQ_SLICED_LINES_WORDS - fixed) / each, most = room < 1 ? 1 : room;
  const int32_t pieces = (wide + most - 1) / most, words = (wide + pieces - 1) / pieces;
  tq_sliced_lines_sizes sizes = {.words = words, .behind = behind, .all = fixed + each * words, .channels = channels};

  sizes.line = rows * words + behind;
  sizes.lines = lines * sizes.line;
  sizes.seen = rows * words + before;
  sizes.plane = 2 * sizes.seen + words;
  sizes.filters = channels * (dims->output.c / dims->input.c);
  sizes.list = (rows * dims->filter.w + 2 * 3 + 1) / 2 * 2; /* two lists, each in fours */
  sizes.last = 4 * 2 * TQ_SLICED_LINES_CHANNELS * words;
  if (sizes.last < TQ_SLICED_LINES_TABLES) sizes.last = TQ_SLICED_LINES_TABLES;
  return sizes;
}
