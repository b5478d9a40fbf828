/* Adds all of tinyq's operators to one resolver, and prints those that it then finds by name. */
#include <cstdio>
#include <cstring>

#include "tinyq_ops.h"

int main() {
  static tflite::MicroMutableOpResolver<64> resolver;
  if (tinyq_register_ops(resolver) != kTfLiteOk) return 1;
  for (int i = 0; tq_operators[i] != nullptr; i++) {
    const TFLMRegistration *found = resolver.FindOp(tq_operators[i]->kind);
    if (found == nullptr || found->init == nullptr || found->prepare == nullptr || found->invoke == nullptr) return 2;
    std::puts(tq_operators[i]->kind);
  }
  static tflite::MicroMutableOpResolver<2> small;
  return tinyq_register_ops(small) == kTfLiteError ? 0 : 3;
}
