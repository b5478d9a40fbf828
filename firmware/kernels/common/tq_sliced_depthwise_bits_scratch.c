#include "tq_bits.h"
#include "tq_sliced.h"
#include "tq_sliced_depthwise.h"
#include "tq_sliced_lines.h"

/* Limits, the row of padding, and a pointer for each tap, aligned; where a channel has more filters than one, another
 * pointer and a row for each tap; or what other ways take. */
int32_t tq_sliced_depthwise_bits_scratch(const tq_conv_dims *dims) {
  const int32_t words = tq_conv_2d_bits_words_scratch(dims), taps = dims->filter.h * dims->filter.w;
  const int32_t row = TQ_SLICED_PLANES * tq_bits_words(dims->output.c);
  const int32_t copies = dims->input.c != dims->output.c ? taps * (8 + 4 * row) : 0;
  const int32_t sliced = 4 * (TQ_SLICED_THRESHOLDS * TQ_SLICED_DIGITS + row) + 8 * taps + 4 + copies;
  const int32_t lines = tq_sliced_lines_are(dims) ? tq_sliced_lines_scratch(dims) : 0;
  const int32_t most = sliced > words ? sliced : words;

  return lines > most ? lines : most;
}
