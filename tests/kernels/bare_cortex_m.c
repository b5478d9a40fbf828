/* Reset of a Cortex-M on a board of QEMU's: vectors and low-overhead branches on, where a core has them (others ignore
 * it), then newlib's semihosting. Its own start-up code would ask the emulator where memory is, which does not know. */
#include <stdint.h>
#include <stdlib.h>

int main(void);
void initialise_monitor_handles(void);
void reset(void);
void _fini(void);
extern char __stack[];

void _fini(void) {} /* which newlib's exit calls */

__attribute__((noreturn, used)) static void begin(void) {
  initialise_monitor_handles();
  exit(main());
}

__attribute__((naked)) void reset(void) {
  *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20;
  *(volatile uint32_t *)0xE000ED14u |= 1u << 19;
  __asm__ volatile("dsb\n\tisb\n\tb begin");
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {__stack, (const void *)reset};
