#include "decide.h"

#include "stream_settings.h"

#include <string.h>

static int8_t history[STREAM_SMOOTH][STREAM_CLASSES];
static int32_t sums[STREAM_CLASSES];
static int32_t at, count;

void decide_start(void) {
  memset(sums, 0, sizeof sums);
  memset(history, 0, sizeof history);
  at = count = 0;
}

decision decide(const int8_t *outputs) {
  decision made = {0, 0, 0, 0};
  for (int32_t c = 0; c < STREAM_CLASSES; ++c) {
    sums[c] += outputs[c] - history[at][c];
    history[at][c] = outputs[c];
    made.class_alone = outputs[c] > outputs[made.class_alone] ? c : made.class_alone;
    made.class_smoothed = sums[c] > sums[made.class_smoothed] ? c : made.class_smoothed;
  }
  at = at + 1 == STREAM_SMOOTH ? 0 : at + 1;
  count += count < STREAM_SMOOTH;
  made.score = sums[made.class_smoothed];
  made.windows = count;
  return made;
}
