/* tinyq's custom operators for TFLite Micro.
 *
 *   tflite::MicroMutableOpResolver<20> resolver;
 *   tinyq_register_ops(resolver);              all of them, or
 *   tinyq_register_TqConv2D(resolver);         only those that a model needs: the linker then drops the others
 *
 * Parameters live in the tensor arena's persistent part, scratch memory in its shared part; nothing else is
 * allocated. Compile with the flags that TFLite Micro was built with (TF_LITE_STATIC_MEMORY above all), and
 * firmware/loader and firmware/kernels as C99. No exceptions, no RTTI. */
#ifndef TINYQ_OPS_H
#define TINYQ_OPS_H

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_common.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tq_loader.h"

/* Why the last operator was refused, in one sentence that names operator and tensor; "" if none was. Written
 * during AllocateTensors(), also where TFLite Micro was built without its own error texts. */
const char *tinyq_last_error();

namespace tinyq {

/* An operator more than these inputs has is refused. */
constexpr int kMaxInputs = 16;

void *Init(TfLiteContext *context, const char *options, size_t bytes);
TfLiteStatus Prepare(TfLiteContext *context, TfLiteNode *node, const tq_operator *operator_);
TfLiteStatus Invoke(TfLiteContext *context, TfLiteNode *node);

template <const tq_operator *kOperator>
TfLiteStatus PrepareOf(TfLiteContext *context, TfLiteNode *node) {
  return Prepare(context, node, kOperator);
}

template <const tq_operator *kOperator, unsigned int kCount>
TfLiteStatus Register(tflite::MicroMutableOpResolver<kCount> &resolver, const char *name) {
  TFLMRegistration registration = {};
  registration.init = Init;
  registration.prepare = PrepareOf<kOperator>;
  registration.invoke = Invoke;
  return resolver.AddCustom(name, &registration); /* which copies it */
}

}  // namespace tinyq

#define TQ_OPERATOR(name)                                                                   \
  template <unsigned int kCount>                                                            \
  TfLiteStatus tinyq_register_##name(tflite::MicroMutableOpResolver<kCount> &resolver) {    \
    return tinyq::Register<&tq_operator_##name>(resolver, #name);                           \
  }
#include "tq_operators.def"
#undef TQ_OPERATOR

/* Adds every custom operator. The resolver needs room for them. */
template <unsigned int kCount>
TfLiteStatus tinyq_register_ops(tflite::MicroMutableOpResolver<kCount> &resolver) {
#define TQ_OPERATOR(name) \
  if (tinyq_register_##name(resolver) != kTfLiteOk) return kTfLiteError;
#include "tq_operators.def"
#undef TQ_OPERATOR
  return kTfLiteOk;
}

#endif
