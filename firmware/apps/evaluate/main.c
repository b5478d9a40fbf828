/* Runs the model on frames that the host sends, and sends back outputs, ticks, the stack's depth and whether the
 * arena was kept to. */
#include "model.h"
#include "protocol.h"
#include "tinyq/tq_crc32.h"
#include "tinyq/tq_port.h"
#include "tq_app.h"

#include <string.h>

static uint64_t memory[TQ_APP_WORDS(TQ_MODEL_ARENA_BYTES)];
static uint32_t layer_ticks[TQ_MODEL_LAYER_COUNT];

static void require(int condition, tq_fault fault) {
  if (!condition) {
    tq_safe_state(fault);
  }
}

static void send(const void *data, size_t bytes) {
  require(tq_port_write(data, bytes) == bytes, TQ_FAULT_OUTPUT_REFUSED);
}

static uint32_t total_bytes(const tq_tensor *tensors, int32_t count) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) {
    sum += (uint32_t)tensors[i].bytes;
  }
  return sum;
}

/* Answers a request, whose first word has come; returns how many frames follow the profiled one. */
static uint32_t handshake(uint32_t first) {
  uint32_t got[EVALUATE_HEADER_WORDS] = {first};
  uint32_t header[EVALUATE_HEADER_WORDS] = {EVALUATE_REQUEST,
                                            TQ_ABI,
                                            total_bytes(TQ_MODEL.inputs, TQ_MODEL.input_count),
                                            total_bytes(TQ_MODEL.outputs, TQ_MODEL.output_count),
                                            (uint32_t)TQ_MODEL.layer_count,
                                            TQ_MODEL_EXPECTED.constants_crc32,
                                            tq_crc32(0, TQ_BOARD_NAME, sizeof TQ_BOARD_NAME - 1),
                                            0};
  require(tq_port_read(got + 1, sizeof got - sizeof first) == sizeof got - sizeof first, TQ_FAULT_INPUT_ENDED);
  const uint32_t count = got[EVALUATE_HEADER_WORDS - 1];
  header[EVALUATE_HEADER_WORDS - 1] = count;
  require(memcmp(got, header, sizeof got) == 0, TQ_FAULT_BAD_REQUEST);
  header[0] = EVALUATE_REPLY;
  send(header, sizeof header);
  return count;
}

static void read_frame(uint8_t *arena) {
  for (int32_t i = 0; i < TQ_MODEL.input_count; ++i) {
    const size_t bytes = (size_t)TQ_MODEL.inputs[i].bytes;
    require(tq_port_read(arena + TQ_MODEL.inputs[i].offset, bytes) == bytes, TQ_FAULT_INPUT_ENDED);
  }
}

static void profile_frame(uint8_t *arena) {
  read_frame(arena);
  require(tq_app_profile(&TQ_MODEL, arena, layer_ticks) == 0, TQ_FAULT_INVOKE);
  send(layer_ticks, sizeof layer_ticks);
}

static void run_frame(uint8_t *arena) {
  read_frame(arena);
  const uint32_t start = tq_port_ticks();
  const int status = tq_invoke(&TQ_MODEL, arena, NULL, NULL);
  const uint32_t ticks = tq_port_ticks() - start;
  require(status == 0, TQ_FAULT_INVOKE);
  send(&ticks, sizeof ticks);
  for (int32_t i = 0; i < TQ_MODEL.output_count; ++i) {
    send(arena + TQ_MODEL.outputs[i].offset, (size_t)TQ_MODEL.outputs[i].bytes);
  }
}

static void serve(const tq_app *app, uint32_t first) {
  const uint32_t count = handshake(first);
  profile_frame(app->arena);
  for (uint32_t frame = 0; frame < count; ++frame) {
    run_frame(app->arena);
  }
  const uint32_t guards = tq_app_guards(&TQ_MODEL, app->arena);
  const uint32_t end[EVALUATE_END_WORDS] = {app->check_ticks, guards, tq_port_stack_bytes(), EVALUATE_END};
  send(end, sizeof end);
}

TQ_ONCE
int main(void) {
  const tq_app app = tq_app_start(&TQ_MODEL, &TQ_MODEL_EXPECTED, memory);
  uint32_t first;
  require(tq_port_read(&first, sizeof first) == sizeof first, TQ_FAULT_INPUT_ENDED);
  do {
    serve(&app, first);
  } while (tq_port_read(&first, sizeof first) == sizeof first && first != EVALUATE_END);
  tq_port_exit(0);
  return 0;
}
