/* The smallest tensor arena in which a model loads, and what is said about every smaller one.
 *
 *   ./a.out model.tflite enough
 *
 * Prints the size. Each arena is a block of its own, so that a sanitizer sees what is written beside it. All of
 * the 256 sizes below the smallest one are refused; TFLite Micro's own planner writes beside much smaller arenas.
 * Statuses: 1 `enough` is too small, 2 a smaller arena loads. */
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "tinyq_ops.h"

static tflite::MicroMutableOpResolver<64> resolver;

static bool Loads(const tflite::Model *model, size_t size) {
  void *arena = nullptr;
  if (posix_memalign(&arena, 16, size) != 0) return false;
  bool loads;
  {
    tflite::MicroInterpreter interpreter(model, resolver, static_cast<uint8_t *>(arena), size);
    loads = interpreter.AllocateTensors() == kTfLiteOk;
  }
  std::free(arena);
  return loads;
}

int main(int, char **words) {
  std::FILE *file = std::fopen(words[1], "rb");
  alignas(16) static unsigned char data[1 << 20];
  if (file == nullptr || std::fread(data, 1, sizeof data, file) == 0) return 3;
  const tflite::Model *model = tflite::GetModel(data);
  if (tinyq_register_ops(resolver) != kTfLiteOk) return 4;
  resolver.AddAdd();
  resolver.AddAveragePool2D();
  resolver.AddConv2D();
  resolver.AddFullyConnected();
  resolver.AddReshape();
  resolver.AddSoftmax();
  size_t smallest = std::strtoul(words[2], nullptr, 10);
  if (!Loads(model, smallest)) return 1;
  for (const size_t step : {64, 1}) {
    while (Loads(model, smallest - step)) smallest -= step;
  }
  for (size_t size = smallest - 256; size < smallest; size++) {
    if (Loads(model, size)) return 2;
  }
  std::printf("%zu\n", smallest);
  return 0;
}
