/* Operators with two inputs, of which one may be broadcast. */
#ifndef TQ_BROADCAST_H
#define TQ_BROADCAST_H

#include "tinyq/tq_types.h"

/* How far it is to the next element of each axis: 0 where the axis is broadcast. */
static inline tq_dims tq_broadcast_steps(const tq_dims *dims) {
  const tq_dims step = {
      dims->n == 1 ? 0 : dims->h * dims->w * dims->c,
      dims->h == 1 ? 0 : dims->w * dims->c,
      dims->w == 1 ? 0 : dims->c,
      dims->c == 1 ? 0 : 1,
  };
  return step;
}

#endif
