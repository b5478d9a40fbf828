#include "tinyq/tq_faults.h"
#include "tinyq/tq_port.h"
#include "tinyq/tq_types.h"

TQ_ONCE
void tq_safe_state(tq_fault fault) {
  char line[] = "tinyq fault 00\n";
  line[sizeof line - 4] = (char)('0' + fault / 10);
  line[sizeof line - 3] = (char)('0' + fault % 10);
  do {
    tq_port_write(line, sizeof line - 1);
  } while (tq_port_safe_wait());
  tq_port_exit(fault);
}
