/* SysTick as a free-running counter of the core's cycles (of 2^shift instructions' time in an emulator). */
#ifndef TQ_SYSTICK_H
#define TQ_SYSTICK_H

void systick_start(void);

#endif
