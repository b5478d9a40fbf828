/* The stack is painted at reset, so that its depth can be measured. Symbols of the linker's script: only
 * their addresses mean something. */
#ifndef TQ_STACK_H
#define TQ_STACK_H

#include <stdint.h>

#define STACK_PAINT 0xA5C35A3Cu

extern uint32_t tq_stack_limit[], tq_stack_top[];
extern uint32_t tq_data_start[], tq_data_end[], tq_data_load[];
extern uint32_t tq_bss_start[], tq_bss_end[];

/* From its bottom to `end`, the stack pointer. */
static inline void stack_paint(const uint32_t *end) {
  for (volatile uint32_t *word = tq_stack_limit; word < end; ++word) {
    *word = STACK_PAINT;
  }
}

/* Initial values, and zeros. */
static inline void fill_memory(void) {
  const uint32_t *from = tq_data_load;
  for (uint32_t *to = tq_data_start; to < tq_data_end; ++to, ++from) {
    *to = *from;
  }
  for (uint32_t *word = tq_bss_start; word < tq_bss_end; ++word) {
    *word = 0;
  }
}

#endif
