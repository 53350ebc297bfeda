// Force-included where llama.cpp prints to standard output and error by itself: a library's messages belong in its log.
#ifndef LLAMASPAN_OUTPUT_TO_LOG_H
#define LLAMASPAN_OUTPUT_TO_LOG_H

#include "ggml.h"

#include <stdio.h>

#ifdef __cplusplus
#    include <cstdio>
extern "C" {
#endif
GGML_API void ggml_log_internal(enum ggml_log_level level, const char * format, ...);      // ggml-impl.h
#ifdef __cplusplus
}
#endif

#define fprintf(stream, ...) ggml_log_internal(GGML_LOG_LEVEL_WARN, __VA_ARGS__)
#define printf(...) ggml_log_internal(GGML_LOG_LEVEL_WARN, __VA_ARGS__)

#endif
