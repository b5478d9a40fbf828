#include "tq_dsp_depthwise.h"
#include "tq_dsp_fir.h"

/* The sum of each filter of a quad's channels. */
static void sums_of_weights(const tq_conv_dims *dims, const int8_t *codes, int32_t o, int32_t count,
                            int32_t *sums) {
  for (int32_t i = 0; i < count; i++) {
    sums[i] = 0;
    for (int32_t tap = 0; tap < dims->filter.h * dims->filter.w; tap++) {
      sums[i] += codes[tap * dims->filter.c + o + i];
    }
  }
}

/* Quad i of the pass, quad `number` of all. Returns whether its scales have the quick form, see tq_dsp_set_scales. */
static int set_quad(tq_dsp_depthwise_pass *pass, const int8_t *codes, const int32_t *bias, int32_t i, int32_t number,
                    int wanted) {
  const tq_conv_dims *dims = pass->dims;
  const int32_t multiplier = pass->plan->multiplier, c = dims->input.c, channel = tq_dsp_quad_channel(number, c);
  tq_dsp_quad *const quad = (tq_dsp_quad *)(void *)(pass->quads + i * pass->apart);
  const int32_t o = channel * multiplier, count = (c < 4 ? c : 4) * multiplier;

  quad->channel = channel;
  sums_of_weights(dims, codes, o, count, pass->sums);
  tq_dsp_depthwise_words(pass->params, dims, pass->plan, codes, channel, (uint32_t *)(quad + 1));
  return tq_dsp_set_scales(pass->params, bias, o, count, dims->filter.h * dims->filter.w, pass->sums, wanted,
                           pass->scales + 4 * multiplier * i);
}

/* Quads from number `first` on; one form of scales for all. */
static void set_quads(tq_dsp_depthwise_pass *pass, const int8_t *codes, const int32_t *bias, int32_t first) {
  int wanted;

  pass->quick = 1;
  do {
    wanted = pass->quick;
    for (int32_t i = 0; i < pass->count; i++) pass->quick &= set_quad(pass, codes, bias, i, first + i, wanted);
  } while (pass->quick != wanted);
}

TQ_ONCE
static void by_quads(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                     const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const tq_dsp_depthwise_plan plan = tq_dsp_depthwise_plan_of(params, dims, weights->unpack != NULL);
  const tq_dsp_depthwise_room room = tq_dsp_depthwise_room_of(dims, weights->unpack != NULL);
  const int32_t most = room.quads_bytes / tq_dsp_quad_bytes(&plan);
  tq_dsp_depthwise_pass pass = {.params = params, .dims = dims, .plan = &plan, .input = input, .output = output};
  /* Pointers may want more than four bytes' alignment: room has four to spare. */
  uint8_t *at = (uint8_t *)(((uintptr_t)scratch + sizeof(void *) - 1) & ~(uintptr_t)(sizeof(void *) - 1));

  pass.clamp = tq_dsp_clamp_of(params->output_zero_point, params->activation_min, params->activation_max);
  pass.pixels = (const int8_t **)(void *)at;
  at += room.pixels_bytes;
  pass.sums = (int32_t *)(void *)at;
  at += room.sums_bytes;
  pass.scales = (tq_dsp_scale *)(void *)at;
  pass.quads = (uint8_t *)(pass.scales + 4 * plan.multiplier * most);
  pass.apart = (int32_t)sizeof(tq_dsp_quad) + plan.words_bytes;
  pass.outside = (int8_t *)(at + room.quads_bytes);
  int8_t *const codes_room = pass.outside + room.outside_bytes;
  for (int32_t i = 0; i < room.outside_bytes; i++) pass.outside[i] = (int8_t)params->input_zero_point;
  const int8_t *const codes = tq_dsp_fetch(weights, params->tables, params->levels, 0,
                                           dims->filter.h * dims->filter.w * dims->filter.c, codes_room);
  for (int32_t first = 0; first < plan.quads; first += pass.count) {
    pass.count = plan.quads - first < most ? plan.quads - first : most;
    set_quads(&pass, codes, bias, first);
    tq_dsp_depthwise_positions(&pass);
  }
}

TQ_ONCE
void tq_dsp_depthwise(const tq_conv_params *params, const tq_conv_dims *dims, const int8_t *input,
                      const tq_dsp_weights *weights, const int32_t *bias, int8_t *output, void *scratch) {
  const int rows = tq_dsp_depthwise_is_rows(dims) && params->stride_w == 1 && params->dilation_w == 1;

  if (TQ_TAKES(TQ_USED_DEPTHWISE_ROWS, TQ_USED_DEPTHWISE_QUADS, rows)) {
    tq_dsp_fir(params, dims, input, weights, bias, output, scratch, 1);
  } else {
    by_quads(params, dims, input, weights, bias, output, scratch);
  }
}
