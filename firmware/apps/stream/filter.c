/* Biquads in direct form I, whose 64-bit sums lose nothing before they are rounded; what rounding takes away is added to
 * the next sum, so that a filter with poles near 1 neither drifts nor hums by itself. A section's input is the output
 * of the one before, so both share the memory of it. */
#include "chain.h"

#if STREAM_SIGNAL

#include <string.h>

static struct {
  int32_t delayed[STREAM_SECTIONS + 1][2]; /* what ran between the sections one and two samples ago */
  int32_t residue[STREAM_SECTIONS + 1];
} states[STREAM_CHANNELS];

void filter_start(void) { memset(states, 0, sizeof states); }

static int32_t section(const filter_section *filter, int32_t x, const int32_t *xs, const int32_t *ys,
                       int32_t *residue) {
  const int64_t sum = (int64_t)filter->b0 * x + (int64_t)filter->b1 * xs[0] + (int64_t)filter->b2 * xs[1] -
                      (int64_t)filter->a1 * ys[0] - (int64_t)filter->a2 * ys[1] + *residue;
  const int64_t y = sum >> FILTER_COEFFICIENT_BITS;
  if (y >= FILTER_LIMIT || y <= -FILTER_LIMIT) {
    *residue = 0;
    return y > 0 ? FILTER_LIMIT : -FILTER_LIMIT;
  }
  *residue = (int32_t)(sum - y * (1 << FILTER_COEFFICIENT_BITS));
  return (int32_t)y;
}

static void remember(int32_t *delayed, int32_t value) {
  delayed[1] = delayed[0];
  delayed[0] = value;
}

int8_t filter_sample(int32_t channel, int16_t sample) {
  const filter_gain *gain = &stream_gains[channel];
  int32_t value = sample * (1 << FILTER_FRACTION_BITS);
  for (int32_t s = 0; s < STREAM_SECTIONS; ++s) {
    int32_t(*delayed)[2] = &states[channel].delayed[s];
    const int32_t y = section(&stream_sections[s], value, delayed[0], delayed[1], &states[channel].residue[s]);
    remember(delayed[0], value);
    value = y;
  }
  remember(states[channel].delayed[STREAM_SECTIONS], value);
  const int64_t half = (int64_t)1 << (gain->shift - 1);
  const int64_t q = STREAM_ZERO_POINT + (((int64_t)(value - gain->mean) * gain->multiplier + half) >> gain->shift);
  return (int8_t)(q < -128 ? -128 : q > 127 ? 127 : q);
}

#else

void filter_start(void) {}

#endif
