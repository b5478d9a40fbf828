/* A bounded reader of FlexBuffer maps of integers and strings: what the options of a custom operator are.
 * Nothing outside the given bytes is ever read, whatever they hold.
 *
 * Format: the FlexBuffers of Google's FlatBuffers. The last byte is the width of the root, the one before it
 * its type (type << 2 | log2 of the width of what it points to). An offset counts backwards from where it
 * lies. In front of a map's values lie, each as wide as a value: the offset of its keys, the width of a key,
 * the number of values; behind them a type byte each. */
#ifndef TQ_FLEX_H
#define TQ_FLEX_H

#include <stddef.h>
#include <stdint.h>

#define TQ_FLEX_MAX_BYTES 4096
#define TQ_FLEX_MAX_KEYS 64

typedef struct {
  const uint8_t *bytes;
  size_t size;
  size_t values, keys; /* positions of the first ones */
  size_t width, key_width;
  int32_t count;
} tq_flex_map;

/* text is NULL for an integer; else a string of `length` bytes, with no zero behind it. */
typedef struct {
  int64_t integer;
  const char *text;
  size_t length;
} tq_flex_value;

/* Returns 0, or -1 if these bytes are no map. */
int tq_flex_open(const uint8_t *bytes, size_t size, tq_flex_map *map);

/* Returns 0, 1 if there is no such key, or -1 if the bytes are damaged or the value is of another type. */
int tq_flex_find(const tq_flex_map *map, const char *key, tq_flex_value *value);

#endif
