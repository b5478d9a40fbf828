/* Start-up code of an ARM64 core at EL1: vector table, NEON, stack, .data, .bss, memory map. */
#include "memory_map_arm64.h"
#include "stack.h"
#include "tinyq/tq_port.h"

int main(void);
void tq_start(void);
void tq_fault(void);

enum { EXIT_FAULT = 7 };

/* The compiler must find NEON on and a stack: so both are made here. Every exception is a fault; the stack may
 * be what failed, so begin another. */
__asm__(
    "  .section .text.tq_reset, \"ax\"\n"
    "  .global tq_reset\n"
    "tq_reset:\n"
    "  mov x0, #(3 << 20)\n" /* CPACR_EL1.FPEN */
    "  msr cpacr_el1, x0\n"
    "  ldr x0, =tq_vectors\n"
    "  msr vbar_el1, x0\n"
    "  isb\n"
    "  ldr x0, =tq_stack_top\n"
    "  mov sp, x0\n"
    "  b tq_start\n"
    "  .section .vectors, \"ax\"\n"
    "  .balign 2048\n"
    "tq_vectors:\n"
    "  .rept 16\n"
    "  .balign 128\n"
    "  ldr x0, =tq_stack_top\n"
    "  mov sp, x0\n"
    "  b tq_fault\n"
    "  .endr\n"
    "  .balign 128\n"
    "  .ltorg\n"
    "  .text\n");

void tq_fault(void) { tq_port_exit(EXIT_FAULT); }

void tq_start(void) {
  const uint32_t *end;
  __asm__ volatile("mov %0, sp" : "=r"(end));
  stack_paint(end);
  fill_memory();
  memory_map_arm64();
  tq_port_exit(main());
}
