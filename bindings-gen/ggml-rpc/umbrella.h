#include "ggml-rpc.h"
