#include "ggml-cpu.h"
