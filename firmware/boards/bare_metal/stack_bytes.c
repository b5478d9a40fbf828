#include "stack.h"
#include "tinyq/tq_port.h"

uint32_t tq_port_stack_bytes(void) {
  const uint32_t *word = tq_stack_limit;
  while (word < tq_stack_top && *word == STACK_PAINT) {
    ++word;
  }
  return (uint32_t)((uintptr_t)tq_stack_top - (uintptr_t)word);
}
