#include "tq_bits.h"
#include "tq_sliced_lines.h"

tq_sliced_lines_sizes tq_sliced_lines_sizes_of(const tq_conv_dims *dims, int32_t planes) {
  const int32_t rows = dims->filter.h, columns = dims->filter.w, wide = tq_bits_words(dims->output.w);
  const int32_t channels = dims->input.c < TQ_SLICED_LINES_CHANNELS ? dims->input.c : TQ_SLICED_LINES_CHANNELS;
  const int32_t shifts = columns < TQ_WORD_BITS ? columns : TQ_WORD_BITS, behind = (columns - 1) / TQ_WORD_BITS;
  const int32_t block = rows * shifts + 2, lines = columns == 1 ? 0 : channels * planes;
  const int32_t blocks = columns == 1 ? channels * planes : planes;
  const int32_t fixed = blocks * behind * block + lines * (behind + 1);
  const int32_t each = blocks * block + lines + 2 * TQ_SLICED_LINES_CHANNELS;
  const int32_t room = (TQ_SLICED_LINES_WORDS - fixed) / each, most = room < 1 ? 1 : room;
  tq_sliced_lines_sizes sizes = {shifts, behind, block, wide < most ? wide : most, 0, 0, 0, 0, channels, 0, 0};

  sizes.line = sizes.words + behind + 1;
  sizes.plane = (sizes.words + behind) * block;
  sizes.lines = lines * sizes.line;
  sizes.seen = blocks * sizes.plane;
  sizes.filters = channels * (dims->output.c / dims->input.c);
  sizes.list = (rows * columns + 4 * 3 + 1) / 2 * 2; /* four lists, each in fours */
  return sizes;
}
