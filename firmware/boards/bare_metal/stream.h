/* The byte stream of emulated boards: a pair of files in the emulator's working directory, tq_in.bin and
 * tq_out.bin, through semihosting; where there is no tq_in.bin, output goes to the console. */
#ifndef TQ_STREAM_H
#define TQ_STREAM_H

/* Opens both, before the first byte of tq_port_read or tq_port_write; 0, or -1 where there is no output. */
int stream_open(void);

#endif
