#include "llama.h"
