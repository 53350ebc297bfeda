#include "ggml-alloc.h"
