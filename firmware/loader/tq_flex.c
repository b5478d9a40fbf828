#include "tq_flex.h"

enum { INT = 1, UINT = 2, STRING = 5, INDIRECT_INT = 6, INDIRECT_UINT = 7, MAP = 9, BOOL = 26 };

/* A little-endian number of 1, 2, 4 or 8 bytes at `at`. Returns 0, or -1 if it is not inside. */
static int number(const tq_flex_map *map, size_t at, size_t width, uint64_t *value) {
  if (at > map->size || width > map->size - at) return -1;
  *value = 0;
  for (size_t i = 0; i < width; i++) *value |= (uint64_t)map->bytes[at + i] << 8 * i;
  return 0;
}

/* Where the offset at `at` leads. */
static int follow(const tq_flex_map *map, size_t at, size_t width, size_t *target) {
  uint64_t offset;
  if (number(map, at, width, &offset) != 0 || offset > at) return -1;
  *target = at - (size_t)offset;
  return 0;
}

static int64_t extended(uint64_t value, size_t width) {
  const uint64_t sign = (uint64_t)1 << (8 * width - 1);
  const uint64_t wide = (value ^ sign) - sign;
  return wide <= INT64_MAX ? (int64_t)wide : -(int64_t)(UINT64_MAX - wide) - 1;
}

static int integer(const tq_flex_map *map, size_t at, size_t width, int is_signed, int64_t *result) {
  uint64_t value;
  if (number(map, at, width, &value) != 0) return -1;
  if (is_signed) {
    *result = extended(value, width);
  } else {
    *result = value <= INT64_MAX ? (int64_t)value : INT64_MAX;
  }
  return 0;
}

int tq_flex_open(const uint8_t *bytes, size_t size, tq_flex_map *map) {
  uint64_t count, key_width;

  if (bytes == NULL || size < 3 || size > TQ_FLEX_MAX_BYTES) return -1;
  map->bytes = bytes;
  map->size = size;
  const size_t root_width = bytes[size - 1];
  const uint8_t type = bytes[size - 2];
  if (root_width != 1 && root_width != 2 && root_width != 4 && root_width != 8) return -1;
  if (type >> 2 != MAP || root_width > size - 2) return -1;
  map->width = (size_t)1 << (type & 3);
  if (follow(map, size - 2 - root_width, root_width, &map->values) != 0) return -1;
  if (map->values < 3 * map->width) return -1;
  if (number(map, map->values - map->width, map->width, &count) != 0 || count > TQ_FLEX_MAX_KEYS) return -1;
  if (number(map, map->values - 2 * map->width, map->width, &key_width) != 0) return -1;
  if (key_width != 1 && key_width != 2 && key_width != 4 && key_width != 8) return -1;
  if (follow(map, map->values - 3 * map->width, map->width, &map->keys) != 0) return -1;
  map->key_width = (size_t)key_width;
  map->count = (int32_t)count;
  if (number(map, map->keys - map->key_width, map->key_width, &key_width) != 0) return -1;
  return key_width == count ? 0 : -1;
}

/* Returns 1 where the key that starts at `at` is `key`, 0 where it is another, -1 where it has no end. */
static int same_key(const tq_flex_map *map, size_t at, const char *key) {
  for (; at < map->size; at++, key++) {
    if (map->bytes[at] != (uint8_t)*key) {
      while (at < map->size && map->bytes[at] != 0) at++;
      return at < map->size ? 0 : -1;
    }
    if (*key == '\0') return 1;
  }
  return -1;
}

static int string(const tq_flex_map *map, size_t at, size_t size_width, tq_flex_value *value) {
  uint64_t length;
  size_t start;
  if (follow(map, at, map->width, &start) != 0 || start < size_width) return -1;
  if (number(map, start - size_width, size_width, &length) != 0 || length > map->size - start) return -1;
  value->text = (const char *)map->bytes + start;
  value->length = (size_t)length;
  return 0;
}

static int value_at(const tq_flex_map *map, size_t index, tq_flex_value *value) {
  const size_t at = map->values + index * map->width;
  const size_t type_at = map->values + (size_t)map->count * map->width + index;
  size_t target;

  if (type_at >= map->size) return -1;
  const int type = map->bytes[type_at] >> 2;
  const size_t width = (size_t)1 << (map->bytes[type_at] & 3);
  value->text = NULL;
  if (type == INT || type == UINT || type == BOOL) {
    if (integer(map, at, map->width, type == INT, &value->integer) != 0) return -1;
    if (type == BOOL) value->integer = value->integer != 0;
    return 0;
  }
  if (type == INDIRECT_INT || type == INDIRECT_UINT) {
    if (follow(map, at, map->width, &target) != 0) return -1;
    return integer(map, target, width, type == INDIRECT_INT, &value->integer);
  }
  return type == STRING ? string(map, at, width, value) : -1;
}

int tq_flex_find(const tq_flex_map *map, const char *key, tq_flex_value *value) {
  for (size_t i = 0; i < (size_t)map->count; i++) {
    size_t start;
    if (follow(map, map->keys + i * map->key_width, map->key_width, &start) != 0) return -1;
    const int same = same_key(map, start, key);
    if (same != 0) return same < 0 ? -1 : value_at(map, i, value);
  }
  return 1;
}
