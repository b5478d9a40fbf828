/* Tables of the int16 softmax. */
#ifndef TQ_SOFTMAX_A16_H
#define TQ_SOFTMAX_A16_H

#include <stdint.h>

extern const int16_t tq_exp_points[513], tq_reciprocal_points[513];

#endif
