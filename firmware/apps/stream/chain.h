/* What happens to samples before the net: filters, every n-th one, the net's int8, windows that overlap. Integers only;
 * tinyq/core/reference/stream_chain.py gives the same ones. stream_settings.h, which `tinyq emit` writes, has the sizes. */
#ifndef STREAM_CHAIN_H
#define STREAM_CHAIN_H

#include <stdint.h>

#include "stream_settings.h"

#define FILTER_FRACTION_BITS 8      /* of what runs through the filters: counts of the converter in 256ths */
#define FILTER_COEFFICIENT_BITS 29  /* so they are below 4 */
#define FILTER_LIMIT (1 << 29)      /* five products of such numbers fit an int64_t */

/* y = b0 x + b1 x1 + b2 x2 - a1 y1 - a2 y2: one section of a cascade. */
typedef struct {
  int32_t b0, b1, b2, a1, a2;
} filter_section;

/* int8 = zero point + (filtered - mean) * multiplier / 2^shift, rounded and saturated. */
typedef struct {
  int32_t mean, multiplier, shift;
} filter_gain;

#if STREAM_SIGNAL
extern const filter_section stream_sections[STREAM_SECTIONS + 1]; /* the last one is not used: C has no empty arrays */
extern const filter_gain stream_gains[STREAM_CHANNELS];
typedef int16_t chain_element;
#else
typedef int8_t chain_element;
#endif

/* Empty filters for all channels. */
void filter_start(void);

/* One channel's next sample, filtered and as int8. */
int8_t filter_sample(int32_t channel, int16_t sample);

/* Begin: the next sample has this number. Windows begin at multiples of STREAM_HOP * STREAM_DECIMATE only. */
void chain_start(uint32_t number);

/* The next sample, one element a channel. Returns 1 where it is the last one of a window. */
int chain_take(const chain_element *sample);

/* That window, laid out as the net's input. */
void chain_fill(int8_t *input);

#endif
