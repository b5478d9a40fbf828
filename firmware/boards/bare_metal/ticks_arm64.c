/* The generic timer's virtual count. */
#include "tinyq/tq_port.h"

/* The barriers keep the read where it is in the program. */
uint32_t tq_port_ticks(void) {
  uint64_t count;
  __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(count) : : "memory");
  return (uint32_t)count;
}
