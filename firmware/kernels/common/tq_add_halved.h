/* The addition that TFLite makes: it scales to twice the greater of the inputs' scales, so of that input, shifted left,
 * half is taken, and nothing is rounded. */
#ifndef TQ_ADD_HALVED_H
#define TQ_ADD_HALVED_H

#include "tinyq/tq_kernels.h"

enum { TQ_HALF = 1 << 30 };

/* An input, and how it is scaled. */
typedef struct {
  const int8_t *data;
  int32_t zero_point, multiplier, shift;
} tq_addend;

static inline int tq_is_half(const tq_addend *x) { return x->multiplier == TQ_HALF && x->shift == 0; }

static inline int tq_same_dims(const tq_dims *a, const tq_dims *b) {
  return a->n == b->n && a->h == b->h && a->w == b->w && a->c == b->c;
}

/* Elements of inputs of one shape, *half of which is that of the greater scale; 0 where they are others, or factors
 * do not fit: those of 22 bits at most are for x - zero_point, of 9 bits. */
static inline int32_t tq_add_halved(const tq_add_params *p, const tq_add_dims *dims, const int8_t *input1,
                                    const int8_t *input2, tq_addend *half, tq_addend *other) {
  enum { MOST_LEFT = 20, MOST_RIGHT = 22 };
  const tq_dims size = dims->output;
  const tq_addend x1 = {input1, p->input1_zero_point, p->input1_multiplier, p->input1_shift};
  const tq_addend x2 = {input2, p->input2_zero_point, p->input2_multiplier, p->input2_shift};
  *half = tq_is_half(&x1) ? x1 : x2;
  *other = tq_is_half(&x1) ? x2 : x1;
  if (!tq_same_dims(&dims->input1, &size) || !tq_same_dims(&dims->input2, &size) || p->output_shift >= 0 ||
      p->output_shift < -MOST_RIGHT || p->left_shift < 1 || p->left_shift > MOST_LEFT || !tq_is_half(half) ||
      (other->shift > -1 && !tq_is_half(other)) || other->shift < -MOST_RIGHT) {
    return 0;
  }
  return size.n * size.h * size.w * size.c;
}

#endif
