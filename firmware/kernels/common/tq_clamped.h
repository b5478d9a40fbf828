/* The activation range of float32 outputs. */
#ifndef TQ_CLAMPED_H
#define TQ_CLAMPED_H

static inline float tq_clamped(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

#endif
