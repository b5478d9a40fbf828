#include "tinyq/tq.h"

tq_tile tq_tile_at(const tq_tiles *tiles, int32_t number) {
  tq_tile tile;

  for (; number >= tiles->count; tiles++) number -= tiles->count;
  tile = tiles->first;
  tile.pad += number * tiles->step.pad;
  tile.input += number * tiles->step.input;
  tile.output += number * tiles->step.output;
  tile.start[0] += number * tiles->step.start[0];
  tile.start[1] += number * tiles->step.start[1];
  tile.to += number * tiles->step.to;
  tile.moved += number * tiles->step.moved;
  return tile;
}
