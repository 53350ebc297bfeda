#include "ggml-backend.h"
