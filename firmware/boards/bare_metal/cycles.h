/* A free-running counter of the core's cycles (of 2^shift instructions' time in an emulator). */
#ifndef TQ_CYCLES_H
#define TQ_CYCLES_H

/* Once the core's clock is what it stays. */
void cycles_start(void);

#endif
