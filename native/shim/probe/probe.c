/*
 * llamaspan-probe: loads model files the way a process that must not die would have to, without allocating their weights, and makes a
 * small context on each. Where llama.cpp aborts, it is this program that ends.
 *
 *   llamaspan-probe [--backends FOLDER] FILE    exit status 0: loads; 1: refused, the reason on standard error; a signal: crashed
 *   llamaspan-probe [--backends FOLDER]         reads file names from standard input, one a line, and answers each with a line:
 *                                               "ok" or "refused: REASON"
 *
 * --backends names the folder of ggml's backends where they are modules (GGML_BACKEND_DL).
 */
#include "llamaspan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first that llama.cpp logged as an error about a file: the later ones only say that it failed. */
static char reason[2048];

static void keep_first_error(enum ggml_log_level level, const char * text, void * unused) {
    (void) unused;
    if (level != GGML_LOG_LEVEL_ERROR || reason[0] != '\0') {
        return;
    }
    snprintf(reason, sizeof(reason), "%s", text);
    reason[strcspn(reason, "\r\n")] = '\0';
}

/* Builds the graphs of a small context: asserts on tensor shapes wait there. That llama.cpp refuses one says nothing about the file. */
static void build_graphs(struct llama_model * model) {
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = 64;
    params.n_batch = 64;
    params.n_ubatch = 64;
    struct llama_context * context = NULL;
    if (llamaspan_context_init(model, &params, &context) == LLAMASPAN_STATUS_OK) {
        llama_free(context);
    }
}

/* Returns null if the file loads, else why it does not. */
static const char * probe(const char * path) {
    struct llama_model_params params = llama_model_default_params();
    params.load_mode = LLAMA_LOAD_MODE_NONE;
    params.n_gpu_layers = 0;
    params.no_alloc = true;
    struct llama_model * model = NULL;
    reason[0] = '\0';
    if (llamaspan_model_load(&path, 1, &params, &model) != LLAMASPAN_STATUS_OK) {
        return reason[0] != '\0' ? reason : llamaspan_last_error();
    }
    build_graphs(model);
    llama_model_free(model);
    return NULL;
}

static int answer_lines(void) {
    static char line[65536];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        const char * refusal = probe(line);
        if (refusal == NULL) {
            puts("ok");
        } else {
            printf("refused: %s\n", refusal);
        }
        fflush(stdout);
    }
    return 0;
}

int main(int count, char ** arguments) {
    int next = 1;
    llama_log_set(keep_first_error, NULL);
    if (next + 1 < count && strcmp(arguments[next], "--backends") == 0) {
        ggml_backend_load_all_from_path(arguments[next + 1]);
        next += 2;
    }
    llama_backend_init();
    if (next == count) {
        return answer_lines();
    }
    if (next + 1 != count) {
        fprintf(stderr, "usage: %s [--backends FOLDER] [FILE]\n", arguments[0]);
        return 2;
    }
    const char * refusal = probe(arguments[next]);
    if (refusal != NULL) {
        fprintf(stderr, "%s\n", refusal);
    }
    return refusal == NULL ? 0 : 1;
}
