#include "tq_load_lce.h"

#define MOST_PRODUCTS ((int64_t)1 << 23) /* of an output: twice as many still are exact in float32 */

tq_axis tq_lce_axis(tq_loading *loading, char axis, int32_t size, int32_t filter_size, int dilated) {
  const int h = axis == 'h';
  const char *const dilation_name = h ? "dilation_height_factor" : "dilation_width_factor";

  return tq_padded_axis(loading, h ? "stride_height" : "stride_width", dilated ? dilation_name : NULL, size,
                        filter_size);
}

tq_dims tq_lce_image(tq_loading *loading, int32_t channels_in) {
  const tq_loader_tensor *const tensor = tq_input(loading, 0, TQ_ELEMENT_INT32);
  tq_dims image = tq_image(loading, tensor);

  if (!tq_refused(loading) && image.c != tq_words(channels_in)) {
    tq_refuse(loading, TQ_BAD_TENSOR, "input %t has not a last axis of %i words: channels_in is %i", tensor,
              (int64_t)tq_words(channels_in), (int64_t)channels_in);
  }
  image.c = channels_in;
  return image;
}

tq_dims tq_lce_filter(tq_loading *loading, int32_t channels_in) {
  const tq_dims one = {1, 1, 1, 1};
  const tq_loader_tensor *const tensor = tq_constant(loading, 1, "filter", TQ_ELEMENT_INT32);
  tq_dims filter = tq_image(loading, tensor);
  const int32_t groups = tq_words(channels_in) / filter.c, rest = tq_words(channels_in) % filter.c;
  const int32_t per_group = groups == 0 ? 1 : channels_in / groups;

  if (tq_refused(loading)) return one;
  if (rest != 0 || groups == 0 ||
      (groups > 1 && (channels_in % groups != 0 || per_group % 32 != 0 || filter.n % groups != 0))) {
    tq_refuse(loading, TQ_BAD_TENSOR, "filter %t does not fit %i input channels: needed are %i words, or groups of "
              "a multiple of 32 channels that divide its first axis", tensor, (int64_t)channels_in,
              (int64_t)tq_words(channels_in));
    return one;
  }
  if ((int64_t)filter.h * filter.w * per_group > MOST_PRODUCTS) {
    tq_refuse(loading, TQ_BAD_TENSOR, "filter %t: %i products an output, allowed are %i", tensor,
              (int64_t)filter.h * filter.w * per_group, MOST_PRODUCTS);
    return one;
  }
  tq_check_codes(loading, "filter", tensor, per_group, 2);
  filter.c = per_group;
  return filter;
}
