/* libFuzzer: any bytes are an operator of a file (options, tensors, constants), which tq_load checks.
 *
 * Bytes, little endian: operator, keeps, inputs; of each tensor (the output last): element, rank, sizes (int16),
 * scales, axis, of each scale itself (float) and its zero point (int16), bytes of its constant (uint16, 0: none);
 * then these constants; the rest are options. test_coverage_fuzz.py writes such bytes. */
#include "tq_loader.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_TENSORS = 8, MOST_RANK = 5, MOST_SCALES = 80, MOST_BLOCKS = 128 };

typedef struct {
  const uint8_t *at;
  size_t left;
} bytes_left;

typedef struct {
  void *blocks[MOST_BLOCKS];
  int count;
} blocks;

static uint8_t next(bytes_left *from) {
  if (from->left == 0) return 0;
  from->left--;
  return *from->at++;
}

static uint16_t next_16(bytes_left *from) {
  const uint8_t low = next(from);
  return (uint16_t)(low | next(from) << 8);
}

static float next_float(bytes_left *from) {
  const uint32_t low = next_16(from), bits = low | (uint32_t)next_16(from) << 16;
  float made;
  memcpy(&made, &bits, sizeof made);
  return made;
}

/* A block of exactly its size, so that the sanitizer sees each byte that is read beside it. */
static void *block(blocks *held, size_t bytes) {
  if (held->count == MOST_BLOCKS) return NULL;
  void *made = malloc(bytes > 0 ? bytes : 1);
  held->blocks[held->count++] = made;
  return made;
}

static void *allocate(void *context, size_t bytes) { return bytes > 1u << 20 ? NULL : block(context, bytes); }

static const void *taken(bytes_left *from, size_t bytes, blocks *held) {
  const size_t count = bytes < from->left ? bytes : from->left;
  uint8_t *made = block(held, count);
  memcpy(made, from->at, count);
  from->at += count;
  from->left -= count;
  return made;
}

static tq_loader_tensor tensor(bytes_left *from, blocks *held) {
  tq_loader_tensor made = {.name = "x", .element = (tq_element)(next(from) % (TQ_ELEMENT_BOOL + 1))};
  int32_t *shape = block(held, MOST_RANK * sizeof *shape);
  made.rank = next(from) % (MOST_RANK + 1);
  for (int32_t i = 0; i < made.rank; i++) shape[i] = (int16_t)next_16(from);
  made.shape = shape;
  made.scale_count = next(from) % (MOST_SCALES + 1);
  made.zero_point_count = made.scale_count;
  made.axis = (int8_t)next(from);
  float *scale = block(held, (size_t)made.scale_count * sizeof *scale);
  int32_t *zero_point = block(held, (size_t)made.scale_count * sizeof *zero_point);
  for (int32_t i = 0; i < made.scale_count; i++) {
    scale[i] = next_float(from);
    zero_point[i] = (int16_t)next_16(from);
  }
  made.scale = scale;
  made.zero_point = zero_point;
  made.bytes = next_16(from);
  return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bytes_left from = {data, size};
  blocks held = {.count = 0};
  tq_loader_tensor tensors[MOST_TENSORS + 1];
  int32_t operators = 0;
  while (tq_operators[operators] != NULL) operators++;
  const tq_operator *chosen = tq_operators[next(&from) % operators];
  tq_loader_node node = {.kind = chosen->kind, .index = 0, .output_count = 1, .keeps = next(&from) % 2};
  node.input_count = next(&from) % (MOST_TENSORS + 1);
  for (int32_t i = 0; i <= node.input_count; i++) tensors[i] = tensor(&from, &held);
  for (int32_t i = 0; i < node.input_count; i++) {
    if (tensors[i].bytes == 0) continue;
    const size_t before = from.left;
    tensors[i].data = taken(&from, tensors[i].bytes, &held);
    tensors[i].bytes = before - from.left;
  }
  node.inputs = tensors;
  node.outputs = tensors + node.input_count;
  node.option_bytes = from.left;
  node.options = taken(&from, from.left, &held);
  tq_loaded loaded;
  tq_loader_error error;
  const tq_loader_status status = tq_load(chosen, &node, allocate, &held, &loaded, &error);
  if (status != error.status || strlen(error.text) >= TQ_ERROR_CHARS) abort();
  for (int i = 0; i < held.count; i++) free(held.blocks[i]);
  return 0;
}
