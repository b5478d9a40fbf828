/* Decisions out of the net's outputs: those of the last STREAM_SMOOTH windows are summed. */
#ifndef STREAM_DECIDE_H
#define STREAM_DECIDE_H

#include <stdint.h>

typedef struct {
  int32_t class_smoothed; /* of the greatest sum, the first of equal ones */
  int32_t class_alone;    /* of this window's greatest output */
  int32_t score, windows; /* that sum, and of how many outputs it is */
} decision;

/* Forget all windows. */
void decide_start(void);

/* The next window's outputs, one a class. */
decision decide(const int8_t *outputs);

#endif
