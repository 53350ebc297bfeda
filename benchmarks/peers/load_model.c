// The C side of the time to load: loads a model again and again, frees it each time, and prints the nanoseconds of each load but
// the first, which warms the page cache, one a line.
//
//     load-model MODEL COUNT
#include "llama.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t nanoseconds(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

static void quiet(enum ggml_log_level level, const char * text, void * data) {
    (void) data;
    if (level == GGML_LOG_LEVEL_ERROR)
        fputs(text, stderr);
}

int main(int count, char ** arguments) {
    if (count != 3) {
        fputs("usage: load-model MODEL COUNT\n", stderr);
        return 2;
    }
    llama_log_set(quiet, NULL);
    ggml_backend_load_all();
    for (int i = 0, loads = atoi(arguments[2]); i <= loads; i++) {
        int64_t start = nanoseconds();
        struct llama_model * model = llama_model_load_from_file(arguments[1], llama_model_default_params());
        int64_t time = nanoseconds() - start;
        if (!model)
            return 1;
        llama_model_free(model);
        if (i > 0)
            printf("%lld\n", (long long) time);
    }
    return 0;
}
