/* Why a program stopped. It is the program's exit status, and NN in what it says to the host: "tinyq fault NN".
 * tinyq/core/faults.py has a sentence for each (a test compares the numbers). */
#ifndef TQ_FAULTS_H
#define TQ_FAULTS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  TQ_FAULT_NONE = 0, /* 1 is left to emulators and sanitizers */
  TQ_FAULT_NO_STREAM = 2,
  TQ_FAULT_BAD_REQUEST = 3,    /* damaged, or for another model, board or ABI */
  TQ_FAULT_INPUT_ENDED = 4,    /* less came than was announced */
  TQ_FAULT_OUTPUT_REFUSED = 5, /* the host takes no more */
  TQ_FAULT_INVOKE = 6,         /* tq_invoke did not run the model */
  TQ_FAULT_CORE = 7,           /* an exception: start-up code */
  TQ_FAULT_ABI = 8,            /* tq_check: another TQ_ABI */
  TQ_FAULT_CONSTANTS = 9,      /* tq_check: weights, biases or tables are not those that were emitted */
  TQ_FAULT_SELF_TEST = 10,     /* tq_check: other outputs than the reference's */
  TQ_FAULT_ARENA = 11          /* something was written beside the arena */
} tq_fault;

/* Says why to the host, and again for each byte that it sends; drives nothing and feeds no watchdog. Ends the
 * program where somebody takes its exit status; does not return. */
void tq_safe_state(tq_fault fault);

#ifdef __cplusplus
}
#endif

#endif
