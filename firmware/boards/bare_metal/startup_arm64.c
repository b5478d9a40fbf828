/* Start-up code of an ARM64 core, which may begin at EL1, EL2 or EL3, to EL1: vector table, NEON, stack, .data, .bss, memory map. */
#include "memory_map_arm64.h"
#include "stack.h"
#include "tinyq/tq_faults.h"
#include "tinyq/tq_port.h"

int main(void);
void tq_start(void);
void tq_exception(void);

/* The compiler must find NEON on and a stack: so both are made here. Every exception is a fault, but for interrupts where
 * a UART has one (uart_interrupt_arm64.c); the stack may be what failed, so begin another. */
__asm__(
    "  .section .text.tq_reset, \"ax\"\n"
    "  .global tq_reset\n"
    "tq_reset:\n"
    "  mrs x0, mpidr_el1\n"
    "  tst x0, #3\n" /* one core is enough: the others sleep */
    "  b.ne 4f\n"
    "  mrs x0, currentel\n"
    "  cmp x0, #(2 << 2)\n"
    "  b.eq 2f\n"
    "  b.lt 1f\n"
    "  mov x0, #0x431\n" /* SCR_EL3: what is below is 64-bit and not secure */
    "  msr scr_el3, x0\n"
    "  mov x0, #0x3c9\n" /* SPSR: EL2, interrupts masked */
    "  msr spsr_el3, x0\n"
    "  adr x0, 2f\n"
    "  msr elr_el3, x0\n"
    "  eret\n"
    "2:\n"
    "  mov x0, #(1 << 31)\n" /* HCR_EL2: EL1 is 64-bit */
    "  msr hcr_el2, x0\n"
    "  mov x0, #0x33ff\n" /* CPTR_EL2: NEON is not trapped */
    "  msr cptr_el2, x0\n"
    "  msr cntvoff_el2, xzr\n"
    "  ldr x0, =0x30d00800\n" /* SCTLR_EL1: what has to be 1 */
    "  msr sctlr_el1, x0\n"
    "  mov x0, #0x3c5\n" /* SPSR: EL1 */
    "  msr spsr_el2, x0\n"
    "  adr x0, 1f\n"
    "  msr elr_el2, x0\n"
    "  eret\n"
    "4:\n"
    "  wfi\n"
    "  b 4b\n"
    "1:\n"
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
    "  .rept 5\n"
    "  .balign 128\n"
    "  b 5f\n"
    "  .endr\n"
    "  .balign 128\n" /* 0x280: an interrupt, of this level */
    "  b tq_interrupt\n"
    "  .rept 10\n"
    "  .balign 128\n"
    "  b 5f\n"
    "  .endr\n"
    "  .balign 128\n"
    "  .weak tq_interrupt\n"
    "tq_interrupt:\n"
    "5:\n"
    "  ldr x0, =tq_stack_top\n"
    "  mov sp, x0\n"
    "  b tq_exception\n"
    "  .ltorg\n"
    "  .text\n");

void tq_exception(void) { tq_safe_state(TQ_FAULT_CORE); }

void tq_start(void) {
  const uint32_t *end;
  __asm__ volatile("mov %0, sp" : "=r"(end));
  stack_paint(end);
  fill_memory();
  memory_map_arm64();
  tq_port_exit(main());
}
