// What a program does between two decodes: preloaded (LD_PRELOAD), this stands in for llama_decode, calls the real one, and notes
// the time from each return to the next call. At exit the median goes to the file that STEP_CLOCK names: nanoseconds and the
// number of steps.
#define _GNU_SOURCE
#include "llama.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST_STEPS (1 << 20)

static int64_t gaps[MOST_STEPS];
static int steps;
static int64_t returned;

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

int32_t llama_decode(struct llama_context * context, struct llama_batch batch) {
    int64_t called = nanoseconds();
    static int32_t (*decode)(struct llama_context *, struct llama_batch);
    if (!decode) {
        // the library was opened by the program's loader, for itself alone: ask it by name
        void * library = dlopen("libllama.so", RTLD_LAZY | RTLD_NOLOAD);
        decode = library ? (int32_t (*)(struct llama_context *, struct llama_batch)) dlsym(library, "llama_decode") : NULL;
        if (!decode)
            abort();
    }
    if (returned && batch.n_tokens == 1 && steps < MOST_STEPS)
        gaps[steps++] = called - returned;
    int32_t status = decode(context, batch);
    returned = nanoseconds();
    return status;
}

static int ascending(const void * left, const void * right) {
    int64_t a = *(const int64_t *) left, b = *(const int64_t *) right;
    return (a > b) - (a < b);
}

__attribute__((destructor)) static void report(void) {
    const char * path = getenv("STEP_CLOCK");
    FILE * file = path && steps ? fopen(path, "w") : NULL;
    if (!file)
        return;
    qsort(gaps, (size_t) steps, sizeof *gaps, ascending);
    fprintf(file, "%lld %d\n", (long long) gaps[steps / 2], steps);
    fclose(file);
}
