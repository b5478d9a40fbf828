/* Runs a .tflite file with tinyq's operators in LiteRT (TensorFlow Lite), from C++: one inference on zeros.
 *
 *   c++ -std=c++17 example.cc -I<LiteRT or TensorFlow> -I<flatbuffers>/include -L. -ltinyq_litert -ltensorflowlite
 *   ./a.out model.tflite
 *
 * BuiltinRefOpResolver computes the built-in operators as TFLite Micro does, to the last bit. */
#include <cstdio>
#include <cstring>
#include <memory>

#if __has_include("tflite/interpreter.h") /* LiteRT */
#include "tflite/core/interpreter_builder.h"
#include "tflite/interpreter.h"
#include "tflite/kernels/register_ref.h"
#include "tflite/model_builder.h"
#else /* TensorFlow Lite */
#include "tensorflow/lite/core/interpreter_builder.h"
#include "tensorflow/lite/interpreter.h"
#include "tensorflow/lite/kernels/register_ref.h"
#include "tensorflow/lite/model_builder.h"
#endif
#include "tinyq_litert.h"

int main(int count, char **words) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s model.tflite\n", words[0]);
    return 2;
  }
  auto model = tflite::FlatBufferModel::BuildFromFile(words[1]);
  if (model == nullptr) return 1; /* which has been said */
  tq_tflite_delegate *tinyq = tflite_plugin_create_delegate(nullptr, nullptr, 0, nullptr);
  tflite::ops::builtin::BuiltinRefOpResolver resolver;
  std::unique_ptr<tflite::Interpreter> interpreter;
  tflite::InterpreterBuilder(*model, resolver)(&interpreter);
  auto *delegate = reinterpret_cast<TfLiteDelegate *>(tinyq);
  if (interpreter == nullptr || tinyq == nullptr || interpreter->ModifyGraphWithDelegate(delegate) != kTfLiteOk ||
      interpreter->AllocateTensors() != kTfLiteOk) {
    std::fprintf(stderr, "%s: %s\n", words[1], tinyq == nullptr ? "no memory" : tinyq_litert_last_error(tinyq));
    return 1;
  }
  for (int index : interpreter->inputs()) {
    TfLiteTensor *input = interpreter->tensor(index);
    std::memset(input->data.raw, 0, input->bytes);
  }
  if (interpreter->Invoke() != kTfLiteOk) return 1;
  for (int index : interpreter->outputs()) {
    const TfLiteTensor *output = interpreter->tensor(index);
    std::printf("%s:", output->name);
    for (size_t i = 0; output->type == kTfLiteInt8 && i < output->bytes; i++) {
      std::printf(" %d", output->data.int8[i]);
    }
    std::printf("\n");
  }
  interpreter.reset(); /* before the delegate that it uses */
  tflite_plugin_destroy_delegate(tinyq);
  return 0;
}
