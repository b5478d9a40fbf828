/* Runs the model on frames that the host sends, and sends back outputs, ticks and the stack's depth. */
#include "model.h"
#include "protocol.h"
#include "tinyq/tq.h"
#include "tinyq/tq_port.h"

#include <string.h>

static uint64_t arena_words[(TQ_MODEL_ARENA_BYTES + 7) / 8];
static uint8_t *const arena = (uint8_t *)arena_words;

/* Ticks when the current layer began. */
static uint32_t layer_start;
static uint32_t layer_ticks[TQ_MODEL_LAYER_COUNT];

static void require(int condition, int status) {
  if (!condition) {
    tq_port_exit(status);
  }
}

static void send(const void *data, size_t bytes) {
  require(tq_port_write(data, bytes) == bytes, EVALUATE_OUTPUT_REFUSED);
}

static uint32_t total_bytes(const tq_tensor *tensors, int32_t count) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) {
    sum += (uint32_t)tensors[i].bytes;
  }
  return sum;
}

/* Answers the request's header; returns how many frames follow the profiled one. */
static uint32_t handshake(void) {
  uint32_t got[EVALUATE_HEADER_WORDS];
  uint32_t header[EVALUATE_HEADER_WORDS] = {EVALUATE_REQUEST,
                                            TQ_ABI,
                                            total_bytes(TQ_MODEL.inputs, TQ_MODEL.input_count),
                                            total_bytes(TQ_MODEL.outputs, TQ_MODEL.output_count),
                                            (uint32_t)TQ_MODEL.layer_count,
                                            0};
  require(tq_port_read(got, sizeof got) == sizeof got, EVALUATE_INPUT_ENDED);
  const uint32_t count = got[EVALUATE_HEADER_WORDS - 1];
  header[EVALUATE_HEADER_WORDS - 1] = count;
  require(memcmp(got, header, sizeof got) == 0, EVALUATE_BAD_REQUEST);
  header[0] = EVALUATE_REPLY;
  send(header, sizeof header);
  return count;
}

static void read_frame(void) {
  for (int32_t i = 0; i < TQ_MODEL.input_count; ++i) {
    const size_t bytes = (size_t)TQ_MODEL.inputs[i].bytes;
    require(tq_port_read(arena + TQ_MODEL.inputs[i].offset, bytes) == bytes, EVALUATE_INPUT_ENDED);
  }
}

/* Its own instructions are charged to no layer. */
static void charge_layer(int32_t layer, void *user) {
  const uint32_t now = tq_port_ticks();
  (void)user;
  layer_ticks[layer] += now - layer_start; /* a layer of a stripe comes once for each tile */
  layer_start = tq_port_ticks();
}

static void profile_frame(void) {
  read_frame();
  layer_start = tq_port_ticks();
  require(tq_invoke(&TQ_MODEL, arena, charge_layer, NULL) == 0, EVALUATE_INVOKE_FAILED);
  send(layer_ticks, sizeof layer_ticks);
}

static void run_frame(void) {
  read_frame();
  const uint32_t start = tq_port_ticks();
  const int status = tq_invoke(&TQ_MODEL, arena, NULL, NULL);
  const uint32_t ticks = tq_port_ticks() - start;
  require(status == 0, EVALUATE_INVOKE_FAILED);
  send(&ticks, sizeof ticks);
  for (int32_t i = 0; i < TQ_MODEL.output_count; ++i) {
    send(arena + TQ_MODEL.outputs[i].offset, (size_t)TQ_MODEL.outputs[i].bytes);
  }
}

int main(void) {
  require(tq_port_init() == 0, EVALUATE_NO_STREAM);
  const uint32_t count = handshake();
  profile_frame();
  for (uint32_t frame = 0; frame < count; ++frame) {
    run_frame();
  }
  const uint32_t end[2] = {tq_port_stack_bytes(), EVALUATE_END};
  send(end, sizeof end);
  tq_port_exit(EVALUATE_OK);
  return EVALUATE_OK;
}
