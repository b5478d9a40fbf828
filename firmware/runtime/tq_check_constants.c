#include "tinyq/tq_check.h"
#include "tinyq/tq_crc32.h"

TQ_ONCE
tq_fault tq_check_constants(const tq_expected *expected) {
  uint32_t crc = 0;
  for (int32_t i = 0; i < expected->constant_count; ++i) {
    crc = tq_crc32(crc, expected->constants[i].data, (size_t)expected->constants[i].bytes);
  }
  return crc == expected->constants_crc32 ? TQ_FAULT_NONE : TQ_FAULT_CONSTANTS;
}
