struct ggml_backend_buffer; /* at file scope: ggml.h first names it inside of ggml_tensor */
#include "ggml.h"
