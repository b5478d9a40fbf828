/* Start-up code: vector table, FPU, .data and .bss, and a painted stack so that its depth can be measured. */
#include "tinyq/tq_port.h"

#define STACK_PAINT 0xA5C35A3Cu
#define EXIT_FAULT 7
#define CPACR (*(volatile uint32_t *)0xE000ED88u)

/* From linker.ld; only their addresses mean something. */
extern uint32_t tq_stack_limit[], tq_stack_top[];
extern uint32_t tq_data_start[], tq_data_end[], tq_data_load[];
extern uint32_t tq_bss_start[], tq_bss_end[];

int main(void);
void tq_reset(void);

/* The stack may be what failed: begin another. */
__attribute__((naked)) static void fault(void) {
  __asm__ volatile("ldr r0, =tq_stack_top\n\tmov sp, r0\n\tmov r0, %0\n\tb tq_port_exit" : : "i"(EXIT_FAULT));
}

static void paint_stack(void) {
  const uint32_t *end;
  __asm__ volatile("mov %0, sp" : "=r"(end));
  for (volatile uint32_t *word = tq_stack_limit; word < end; ++word) {
    *word = STACK_PAINT;
  }
}

void tq_reset(void) {
  CPACR |= 0xFu << 20; /* coprocessors 10 and 11: the FPU */
  __asm__ volatile("dsb\n\tisb");
  paint_stack();
  const uint32_t *from = tq_data_load;
  for (uint32_t *to = tq_data_start; to < tq_data_end; ++to, ++from) {
    *to = *from;
  }
  for (uint32_t *word = tq_bss_start; word < tq_bss_end; ++word) {
    *word = 0;
  }
  tq_port_exit(main());
}

uint32_t tq_port_stack_bytes(void) {
  const uint32_t *word = tq_stack_limit;
  while (word < tq_stack_top && *word == STACK_PAINT) {
    ++word;
  }
  return (uint32_t)((uintptr_t)tq_stack_top - (uintptr_t)word);
}

typedef struct {
  uint32_t *stack;
  void (*handlers[15])(void);
} vector_table;

/* Reset, NMI and the faults; no interrupt is used. Slots 7 to 10 and 13 are reserved by the architecture. */
extern const vector_table tq_vectors;
__attribute__((section(".vectors"), used)) const vector_table tq_vectors = {
    tq_stack_top,
    {tq_reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault},
};
