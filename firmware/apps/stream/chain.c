#include "chain.h"

#include <string.h>

static int8_t ring[STREAM_WINDOW][STREAM_CHANNELS]; /* the last samples as the net sees them */
static int32_t at;                                  /* where the next one goes */
static int32_t wanted;                              /* samples up to the end of the next window */
static uint32_t to_begin;                           /* samples that are left out, up to where a window may begin */
static int32_t to_next;                             /* samples that are left out before the next n-th one */

void chain_start(uint32_t number) {
  const uint32_t grid = (uint32_t)STREAM_HOP * STREAM_DECIMATE;
  filter_start();
  at = to_next = 0;
  wanted = STREAM_WINDOW;
  to_begin = (grid - number % grid) % grid;
}

static int is_kept(void) {
  if (to_begin > 0) {
    --to_begin;
    return 0;
  }
  const int kept = to_next == 0;
  to_next = kept ? STREAM_DECIMATE - 1 : to_next - 1;
  return kept;
}

int chain_take(const chain_element *sample) {
  const int kept = is_kept();
#if STREAM_SIGNAL
  for (int32_t c = 0; c < STREAM_CHANNELS; ++c) { /* filters run on where their output is not wanted */
    const int8_t value = filter_sample(c, sample[c]);
    if (kept) {
      ring[at][c] = value;
    }
  }
#else
  if (kept) {
    memcpy(ring[at], sample, STREAM_CHANNELS);
  }
#endif
  if (!kept) {
    return 0;
  }
  at = at + 1 == STREAM_WINDOW ? 0 : at + 1;
  if (--wanted > 0) {
    return 0;
  }
  wanted = STREAM_HOP;
  return 1;
}

void chain_fill(int8_t *input) {
  for (int32_t t = 0; t < STREAM_WINDOW; ++t) {
    const int8_t *sample = ring[(at + t) % STREAM_WINDOW];
    for (int32_t c = 0; c < STREAM_CHANNELS; ++c) {
      input[STREAM_TIME_LAST ? c * STREAM_WINDOW + t : t * STREAM_CHANNELS + c] = sample[c];
    }
  }
}
