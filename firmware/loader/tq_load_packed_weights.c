#include "tq_packed_weights.h"

static const char *const schemes[TQ_SCHEMES + 1] = {"a8wt", "a8w1", "a8w2", "a8w3", "a8w4", NULL};

int32_t tq_packed_channels(tq_loading *loading) {
  const tq_loader_tensor *levels = tq_constant(loading, 3, "levels", TQ_ELEMENT_INT8);

  if (!tq_refused(loading) && levels->rank != 1) {
    tq_refuse(loading, TQ_BAD_TENSOR, "levels %t have not one axis", levels);
  }
  return tq_refused(loading) ? 1 : levels->shape[0];
}

/* Five codes a byte: ceil(256 * v / 243), v < 243; the codes behind the last one are 0, their digits 1. */
static int ternary_is_canonical(const uint8_t *packed, int64_t count) {
  static const int32_t power[5] = {1, 81, 27, 9, 3}; /* 3^(5 - codes in the last byte); 1 where all are */
  const int64_t bytes = (count + 4) / 5;

  for (int64_t i = 0; i < bytes; i++) {
    if (packed[i] != (packed[i] * 243 / 256 * 256 + 242) / 243) return 0;
  }
  return packed[bytes - 1] * 243 / 256 % power[count % 5] == (power[count % 5] - 1) / 2;
}

static int is_canonical(const uint8_t *packed, int32_t scheme, int64_t count) {
  if (scheme == 0) return ternary_is_canonical(packed, count);
  const int64_t bits = count * scheme;
  return bits % 8 == 0 || packed[bits / 8] >> bits % 8 == 0;
}

/* int8 [tables][2^bits], for the schemes that have them. Returns how many. */
static int32_t load_tables(tq_loading *loading, tq_packed_weights *weights) {
  const int32_t width = 1 << weights->scheme;
  const int given = loading->node->input_count == 6;

  if (given != (weights->scheme > 1)) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%i inputs for scheme %s", (int64_t)loading->node->input_count,
              schemes[weights->scheme]);
  }
  if (!given || tq_refused(loading)) return 0;
  const tq_loader_tensor *tables = tq_constant(loading, 5, "tables", TQ_ELEMENT_INT8);
  if (tq_refused(loading)) return 0;
  if (tables->rank != 2 || tables->shape[1] != width) {
    tq_refuse(loading, TQ_BAD_TENSOR, "tables %t have not two axes, the second of %i", tables, (int64_t)width);
    return 0;
  }
  weights->tables = tables->data;
  for (int64_t i = 0; i < tq_size(tables); i++) {
    if (weights->tables[i] < -127) tq_refuse(loading, TQ_BAD_WEIGHTS, "tables %t hold -128", tables);
  }
  return tables->shape[0];
}

static void load_levels(tq_loading *loading, int32_t tables, tq_packed_weights *weights) {
  const int32_t least = tables == 0 ? 1 : 0, most = tables == 0 ? 127 : tables - 1;

  const tq_loader_tensor *const tensor = tq_constant(loading, 3, "levels", TQ_ELEMENT_INT8);
  weights->levels = tensor->data;
  for (int32_t i = 0; i < weights->channels && !tq_refused(loading); i++) {
    if (weights->levels[i] < least || weights->levels[i] > most) {
      tq_refuse(loading, TQ_BAD_WEIGHTS, "levels %t hold %i, allowed is %i to %i", tensor, (int64_t)weights->levels[i],
                (int64_t)least, (int64_t)most);
    }
  }
}

static void load_scales(tq_loading *loading, tq_packed_weights *weights) {
  const tq_loader_tensor *const tensor = tq_constant(loading, 4, "scales", TQ_ELEMENT_FLOAT32);

  tq_check_scales(loading, tensor, weights->channels);
  weights->scales = tensor->data;
  weights->one_scale = !tq_refused(loading) && tensor->shape[0] == 1;
}

static void load_bias(tq_loading *loading, tq_packed_weights *weights) {
  if (tq_is_absent(loading, 2)) return;
  const tq_loader_tensor *bias = tq_constant(loading, 2, "bias", TQ_ELEMENT_INT32);
  if (tq_refused(loading)) return;
  if (tq_size(bias) != weights->channels) {
    tq_refuse(loading, TQ_BAD_TENSOR, "bias %t has not %i elements", bias, (int64_t)weights->channels);
  }
  for (int32_t i = 0; i < bias->zero_point_count; i++) {
    if (bias->zero_point[i] != 0) tq_refuse(loading, TQ_BAD_SCALE, "bias %t has a zero point other than 0", bias);
  }
  weights->bias = bias;
}

void tq_load_packed_weights(tq_loading *loading, int64_t each, int interleaved, tq_packed_weights *weights) {
  *weights = (tq_packed_weights){.channels = tq_packed_channels(loading)};
  weights->scheme = tq_name_option(loading, "scheme", schemes);
  load_levels(loading, load_tables(loading, weights), weights);
  load_bias(loading, weights);
  const tq_loader_tensor *packed = tq_constant(loading, 1, "packed weights", TQ_ELEMENT_UINT8);
  if (tq_refused(loading)) return;
  if (each < 1 || each > INT32_MAX / weights->channels) {
    tq_refuse(loading, TQ_BAD_TENSOR, "%i weights for each of %i channels are too many", each,
              (int64_t)weights->channels);
    return;
  }
  const int64_t count = each * weights->channels;
  const int64_t bytes = weights->scheme == 0 ? (count + 4) / 5 : (count * weights->scheme + 7) / 8;
  weights->each = (int32_t)each;
  weights->next_weight = interleaved ? weights->channels : 1;
  weights->next_channel = interleaved ? 1 : weights->each;
  weights->packed = packed->data;
  if (packed->rank != 1 || packed->shape[0] != bytes) {
    tq_refuse(loading, TQ_BAD_TENSOR, "packed weights %t have not the %i bytes of %i %s codes", packed, bytes, count,
              schemes[weights->scheme]);
  } else if (!is_canonical(weights->packed, weights->scheme, count)) {
    tq_refuse(loading, TQ_BAD_WEIGHTS, "packed weights %t hold a byte that no packer writes", packed);
  }
  load_scales(loading, weights);
}
