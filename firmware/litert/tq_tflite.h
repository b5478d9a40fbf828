/* The part of LiteRT's (TensorFlow Lite's) C interface for delegates that this library uses: which fields a
 * runtime has where. Only what is read is named. Tried with ai-edge-litert 1.4 to 2.3 and TensorFlow 2.19; a
 * runtime in which the fields lie elsewhere is refused when a model is loaded (tq_tflite_fits). */
#ifndef TQ_TFLITE_H
#define TQ_TFLITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TQ_TFLITE_OK = 0, TQ_TFLITE_ERROR = 1 };
enum { TQ_TFLITE_FLOAT32 = 1, TQ_TFLITE_INT32 = 2, TQ_TFLITE_UINT8 = 3, TQ_TFLITE_INT64 = 4 };
enum { TQ_TFLITE_BOOL = 6, TQ_TFLITE_INT16 = 7, TQ_TFLITE_INT8 = 9, TQ_TFLITE_TYPES = 32 };
enum { TQ_TFLITE_CONSTANT = 1, TQ_TFLITE_ALLOCATIONS = 10 };  /* allocation_type */
enum { TQ_TFLITE_AFFINE = 1, TQ_TFLITE_CUSTOM = 32 };         /* quantization type, built-in code */
enum { TQ_TFLITE_ALLOW_DYNAMIC_TENSORS = 1, TQ_TFLITE_ABSENT = -1 };

typedef struct {
  int size;
  int data[];
} tq_tflite_ints;

typedef struct {
  int size;
  float data[];
} tq_tflite_floats;

typedef struct {
  const tq_tflite_floats *scale;
  const tq_tflite_ints *zero_point;
  int32_t axis;
} tq_tflite_affine;

typedef struct {
  int type;
  void *data;
  const tq_tflite_ints *dims;
  float scale;
  int32_t zero_point;
  int allocation_type;
  size_t bytes;
  const void *allocation;
  const char *name;
  void *delegate;
  int buffer_handle;
  bool data_is_stale, is_variable;
  int quantization_type;
  const void *quantization;
  void *sparsity;
  const tq_tflite_ints *dims_signature;
} tq_tflite_tensor;

typedef struct {
  const tq_tflite_ints *inputs, *outputs, *intermediates, *temporaries;
  void *user_data;
  void *builtin_data;
  const void *custom_initial_data;
  int custom_initial_data_size;
} tq_tflite_node;

typedef struct tq_tflite_context tq_tflite_context;
typedef struct tq_tflite_delegate tq_tflite_delegate;

typedef struct {
  tq_tflite_delegate *delegate;
  const tq_tflite_ints *nodes_to_replace;
} tq_tflite_delegate_params;

/* It is passed by value: `more` is what newer runtimes read behind it, all zero. */
typedef struct {
  void *(*init)(tq_tflite_context *context, const char *buffer, size_t length);
  void (*free)(tq_tflite_context *context, void *buffer);
  int (*prepare)(tq_tflite_context *context, tq_tflite_node *node);
  int (*invoke)(tq_tflite_context *context, tq_tflite_node *node);
  const char *(*profiling_string)(const tq_tflite_context *context, const tq_tflite_node *node);
  int32_t builtin_code;
  const char *custom_name;
  int version;
  void *more[8];
} tq_tflite_registration;

struct tq_tflite_context {
  size_t tensors_size;
  int (*get_execution_plan)(tq_tflite_context *context, tq_tflite_ints **plan);
  tq_tflite_tensor *tensors;
  void *implementation;
  int (*resize_tensor)(tq_tflite_context *context, tq_tflite_tensor *tensor, tq_tflite_ints *size);
  void (*report_error)(tq_tflite_context *context, const char *message, ...);
  int (*add_tensors)(tq_tflite_context *context, int count, int *first);
  int (*get_node_and_registration)(tq_tflite_context *context, int index, tq_tflite_node **node,
                                   tq_tflite_registration **registration);
  int (*replace_node_subsets_with_delegate_kernels)(tq_tflite_context *context,
                                                    tq_tflite_registration registration,
                                                    const tq_tflite_ints *nodes, tq_tflite_delegate *delegate);
};

struct tq_tflite_delegate {
  void *data;
  int (*prepare)(tq_tflite_context *context, tq_tflite_delegate *delegate);
  void *copy_from_buffer_handle, *copy_to_buffer_handle, *free_buffer_handle;
  int64_t flags;
  void *more[4];
};

/* Whether the runtime's structures are where this header has them: every tensor's type, rank, sizes and bytes
 * make sense together. */
int tq_tflite_fits(const tq_tflite_context *context);

#endif
