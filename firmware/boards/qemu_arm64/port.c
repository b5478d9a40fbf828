/* QEMU virt: all that it needs is shared. */
#include "tinyq/tq_port.h"

#include "../bare_metal/stream.h"

int tq_port_init(void) { return stream_open(); }
