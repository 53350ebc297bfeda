// The C side of the single-stream ratios: loads a model, prefills a prompt of made-up tokens, then decodes greedily, the
// end of generation ignored. Prints one line of JSON: nanoseconds of the load, of a prompt token and of a generated token
// (the median over repeats; a repeat's figure is its mean).
//
//     raw-decode MODEL [--prompt N] [--predict N] [--context N] [--threads N] [--flash-attention 0|1] [--repeats N]
#include "llama.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct settings {
    const char * model;
    int prompt;
    int predict;
    int context;
    int threads;
    int flash_attention;
    int repeats;
};

static int64_t nanoseconds(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

static void fail(const char * message) {
    fprintf(stderr, "raw-decode: %s\n", message);
    exit(1);
}

static struct settings parse(int count, char ** arguments) {
    struct settings settings = { NULL, 512, 128, 0, 2, 1, 3 };
    struct { const char * name; int * value; } options[] = {
        { "--prompt", &settings.prompt },       { "--predict", &settings.predict },
        { "--context", &settings.context },     { "--threads", &settings.threads },
        { "--repeats", &settings.repeats },     { "--flash-attention", &settings.flash_attention },
    };
    for (int i = 1; i < count; i++) {
        bool known = false;
        for (size_t o = 0; o < sizeof options / sizeof options[0] && !known; o++) {
            known = strcmp(arguments[i], options[o].name) == 0;
            if (known && ++i < count)
                *options[o].value = atoi(arguments[i]);
        }
        if (!known && (arguments[i][0] == '-' || settings.model))
            fail("usage: raw-decode MODEL [--prompt N] [--predict N] [--context N] [--threads N] "
                 "[--flash-attention 0|1] [--repeats N]");
        if (!known)
            settings.model = arguments[i];
    }
    if (!settings.model || settings.prompt < 1 || settings.predict < 0 || settings.threads < 1 || settings.repeats < 1)
        fail("a model, and counts of at least 1, are needed");
    if (settings.context < settings.prompt + settings.predict)
        settings.context = settings.prompt + settings.predict;
    return settings;
}

static llama_token best(const float * logits, int size) {
    int best = 0;
    for (int i = 1; i < size; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

static int ascending(const void * left, const void * right) {
    double a = *(const double *) left, b = *(const double *) right;
    return (a > b) - (a < b);
}

static double median(double * values, int count) {
    qsort(values, (size_t) count, sizeof *values, ascending);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void decode(struct llama_context * context, llama_token * tokens, int count) {
    int limit = (int) llama_n_batch(context);
    for (int start = 0; start < count; start += limit) {
        int length = count - start < limit ? count - start : limit;
        if (llama_decode(context, llama_batch_get_one(tokens + start, length)) != 0)
            fail("llama_decode failed");
    }
}

static void quiet(enum ggml_log_level level, const char * text, void * data) {
    (void) data;
    if (level == GGML_LOG_LEVEL_ERROR)
        fputs(text, stderr);
}

// One pass over an empty cache: nanoseconds a prompt token and a generated token.
static void measure(struct llama_context * context, int vocabulary, llama_token * prompt, struct settings settings,
                    double * prefill, double * generate) {
    llama_memory_clear(llama_get_memory(context), true);
    int64_t start = nanoseconds();
    decode(context, prompt, settings.prompt);
    llama_token token = best(llama_get_logits_ith(context, -1), vocabulary);
    int64_t prefilled = nanoseconds();
    for (int i = 0; i < settings.predict; i++) {
        decode(context, &token, 1);
        token = best(llama_get_logits_ith(context, -1), vocabulary);
    }
    *prefill = (double) (prefilled - start) / settings.prompt;
    *generate = settings.predict ? (double) (nanoseconds() - prefilled) / settings.predict : 0;
}

int main(int count, char ** arguments) {
    struct settings settings = parse(count, arguments);
    llama_log_set(quiet, NULL);
    ggml_backend_load_all();

    int64_t start = nanoseconds();
    struct llama_model * model = llama_model_load_from_file(settings.model, llama_model_default_params());
    if (!model)
        fail("the model cannot be loaded");
    int64_t load = nanoseconds() - start;

    struct llama_context_params parameters = llama_context_default_params();
    parameters.n_ctx = (uint32_t) settings.context;
    parameters.n_threads = parameters.n_threads_batch = settings.threads;
    parameters.flash_attn_type = settings.flash_attention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
    parameters.no_perf = true;
    struct llama_context * context = llama_init_from_model(model, parameters);
    if (!context)
        fail("the context cannot be made");

    int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
    llama_token * prompt = malloc((size_t) settings.prompt * sizeof *prompt);
    double * prefills = malloc((size_t) settings.repeats * sizeof *prefills);
    double * generates = malloc((size_t) settings.repeats * sizeof *generates);
    if (!prompt || !prefills || !generates)
        fail("out of memory");
    uint32_t state = 1;
    for (int i = 0; i < settings.prompt; i++) {
        state = state * 1664525u + 1013904223u;
        prompt[i] = (llama_token) ((state >> 8) % (uint32_t) vocabulary);
    }

    double ignored;
    measure(context, vocabulary, prompt, settings, &ignored, &ignored);     // warms caches and thread pool
    for (int i = 0; i < settings.repeats; i++)
        measure(context, vocabulary, prompt, settings, &prefills[i], &generates[i]);

    printf("{\"load_ns\": %lld, \"prefill_ns_per_token\": %.0f, \"decode_ns_per_token\": %.0f}\n", (long long) load,
           median(prefills, settings.repeats), median(generates, settings.repeats));
    free(prompt);
    free(prefills);
    free(generates);
    llama_free(context);
    llama_model_free(model);
    return 0;
}
