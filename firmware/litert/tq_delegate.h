/* The delegate that the runtime sees, and what belongs to it. */
#ifndef TQ_DELEGATE_H
#define TQ_DELEGATE_H

#include "tq_call.h"

typedef struct {
  tq_tflite_delegate delegate; /* first: delegate.data points to the whole */
  tq_call *calls;
  tq_loader_error error;
} tq_delegate;

/* Called by the runtime for each model: takes the nodes that are ours, or refuses the model. */
int tq_delegate_prepare(tq_tflite_context *context, tq_tflite_delegate *delegate);

/* The functions of a node of ours. */
extern const tq_tflite_registration tq_delegate_registration;

#endif
