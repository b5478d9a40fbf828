/* tinyq's custom operators for LiteRT and TensorFlow Lite, as a delegate: the way in that every release of both
 * has kept, from Python, C and C++.
 *
 * Python:  Interpreter("model.tflite", experimental_delegates=[load_delegate("libtinyq_litert.so")]), or
 *          tinyq.run.litert.Interpreter("model.tflite")
 * C, C++:  interpreter->ModifyGraphWithDelegate(tflite_plugin_create_delegate(NULL, NULL, 0, NULL)) */
#ifndef TINYQ_LITERT_H
#define TINYQ_LITERT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tq_tflite_delegate; /* the runtime's TfLiteDelegate */

/* There are no options: a count other than 0 is refused, through report_error if that is not NULL.
 * NULL after a refusal, or where there is no memory. */
struct tq_tflite_delegate *tflite_plugin_create_delegate(const char *const *keys, const char *const *values,
                                                         size_t count, void (*report_error)(const char *));

/* After the interpreter that uses it. */
void tflite_plugin_destroy_delegate(struct tq_tflite_delegate *delegate);

/* The delegate's last refusal: one sentence that names operator and tensor; "" if there was none. */
const char *tinyq_litert_last_error(const struct tq_tflite_delegate *delegate);

/* TQ_ABI of the operators' options that this library reads. */
int32_t tinyq_litert_abi(void);

#ifdef __cplusplus
}
#endif

#endif
