/* Numbered samples -> windows -> the net -> ANSWER frames. */
#ifndef STREAM_SAMPLES_H
#define STREAM_SAMPLES_H

#include <stdint.h>

typedef struct {
  uint32_t next;   /* number of the sample that should come next */
  uint32_t missed; /* samples that did not come, since samples_begin */
} samples_count;

/* Open the port and check the model; a fault is the safe state: then it does not return. */
void samples_start(void);

/* Begin with empty filters and windows; `next` is the first sample's number. */
void samples_begin(uint32_t next);

/* Take samples in a row, of which the first has that number, and answer each window that they end. The last sample
 * stands for missed ones, unless these are more than a window: then filters and windows begin anew. */
samples_count samples_take(uint16_t sequence, uint32_t first, const uint8_t *samples, uint32_t count);

#endif
