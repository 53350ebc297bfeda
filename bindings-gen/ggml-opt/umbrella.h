#include "ggml-opt.h"
