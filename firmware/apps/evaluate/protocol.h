/* What evaluate reads and writes: 32-bit words in the core's byte order (little endian on every board so
 * far), then raw tensors. Mirrored by tinyq/run/protocol.py (a test compares the numbers).
 *
 * host -> board   REQUEST, TQ_ABI, bytes of all inputs, bytes of all outputs, layers, CRC-32 of the constants,
 *                 CRC-32 of the board's name, count
 *                 one frame to profile, then `count` frames: all inputs, one behind the other
 *                 then another request, or END, or the end of the stream
 * board -> host   REPLY, and the other words of the request
 *                 ticks of each layer for the profiled frame [layers]
 *                 `count` times: ticks of the inference, then all outputs, one behind the other
 *                 ticks of the start-up check, tq_fault of the arena's guards, bytes of stack used, END
 * Where it cannot go on, it ends in the safe state (tq_faults.h). A host behind a UART waits for each answer: a board
 * that computes hears nothing.
 *
 * The profiled inference calls a hook after each layer; the others do not, so their ticks are exact. */
#ifndef TQ_EVALUATE_PROTOCOL_H
#define TQ_EVALUATE_PROTOCOL_H

#define EVALUATE_REQUEST 0x49515451u /* "QTQI" */
#define EVALUATE_REPLY 0x4F515451u   /* "QTQO" */
#define EVALUATE_END 0x45515451u     /* "QTQE" */
#define EVALUATE_HEADER_WORDS 8
#define EVALUATE_END_WORDS 4

#endif
