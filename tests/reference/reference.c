/*
 * reference: what plain C makes of a model through llama.h alone; tests compare LlamaSpan with it.
 *
 *   reference generate MODEL COUNT LOGITS < text   the text's tokens and COUNT greedy ones, one a line; the logits behind each step,
 *                                                  COUNT x vocabulary raw floats, go to the file LOGITS
 *   reference embed MODEL VALUES < text            the pooled embedding or ranks of a text, raw floats, go to the file VALUES
 *   reference tokenize MODEL < texts               texts between lines "__ggml_vocab_test__"; their tokens, a line each
 *   reference special MODEL                        what the vocabulary says of its special tokens, NAME ID a line, and its description and
 *                                                  size in bytes
 */
#include "llama.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATOR "\n__ggml_vocab_test__\n"

static void quiet(enum ggml_log_level level, const char * text, void * user_data) {
    (void) user_data;
    if (level == GGML_LOG_LEVEL_ERROR) {
        fputs(text, stderr);
    }
}

static void fail(const char * what) {
    fprintf(stderr, "%s failed\n", what);
    exit(1);
}

static char * read_all(FILE * file) {
    size_t size = 0, capacity = 1 << 20;
    char * text = malloc(capacity);
    size_t got;
    while (text && (got = fread(text + size, 1, capacity - 1 - size, file)) > 0) {
        size += got;
        if (capacity - 1 == size) {
            text = realloc(text, capacity *= 2);
        }
    }
    if (!text) {
        fail("reading");
    }
    text[size] = '\0';
    return text;
}

static llama_token * tokenize(const struct llama_vocab * vocab, const char * text, size_t size, bool special, int32_t * count) {
    int32_t capacity = (int32_t) size + 8;
    llama_token * tokens = malloc(sizeof(llama_token) * (size_t) capacity);
    *count = llama_tokenize(vocab, text, (int32_t) size, tokens, capacity, special, false);
    if (*count < 0) {
        tokens = realloc(tokens, sizeof(llama_token) * (size_t) -*count);
        *count = llama_tokenize(vocab, text, (int32_t) size, tokens, -*count, special, false);
    }
    if (*count < 0) {
        fail("llama_tokenize");
    }
    return tokens;
}

static void tokenize_texts(const struct llama_vocab * vocab, char * texts) {
    for (char * text = texts; text;) {
        char * end = strstr(text, SEPARATOR);
        int32_t count;
        llama_token * tokens = tokenize(vocab, text, end ? (size_t) (end - text) : strlen(text), false, &count);
        for (int32_t i = 0; i < count; i++) {
            printf(i ? " %d" : "%d", tokens[i]);
        }
        printf("\n");
        free(tokens);
        text = end ? end + strlen(SEPARATOR) : NULL;
    }
}

static void print_special(const struct llama_model * model) {
    const struct llama_vocab * vocab = llama_model_get_vocab(model);
    const struct { const char * name; llama_token id; } tokens[] = {
        { "Bos", llama_vocab_bos(vocab) },
        { "Eos", llama_vocab_eos(vocab) },
        { "Eot", llama_vocab_eot(vocab) },
        { "Separator", llama_vocab_sep(vocab) },
        { "NewLine", llama_vocab_nl(vocab) },
        { "Padding", llama_vocab_pad(vocab) },
        { "Mask", llama_vocab_mask(vocab) },
        { "FillPrefix", llama_vocab_fim_pre(vocab) },
        { "FillSuffix", llama_vocab_fim_suf(vocab) },
        { "FillMiddle", llama_vocab_fim_mid(vocab) },
        { "FillPadding", llama_vocab_fim_pad(vocab) },
        { "FillRepository", llama_vocab_fim_rep(vocab) },
        { "FillSeparator", llama_vocab_fim_sep(vocab) },
        { "AddsBos", llama_vocab_get_add_bos(vocab) },
        { "AddsEos", llama_vocab_get_add_eos(vocab) },
        { "AddsSeparator", llama_vocab_get_add_sep(vocab) },
    };
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        printf("%s %d\n", tokens[i].name, tokens[i].id);
    }
    for (llama_token token = 0; token < llama_vocab_n_tokens(vocab); token++) {
        if (llama_vocab_is_eog(vocab, token)) {
            printf("EndOfGeneration %d\n", token);
        }
    }
    char description[128];
    llama_model_desc(model, description, sizeof description);
    printf("Description %s\nSizeInBytes %llu\n", description, (unsigned long long) llama_model_size(model));
}

static llama_token generate_one(struct llama_context * context, int32_t n_vocab, FILE * file) {
    const float * logits = llama_get_logits_ith(context, -1);
    llama_token best = 0;
    for (llama_token token = 1; token < n_vocab; token++) {
        if (logits[token] > logits[best]) {
            best = token;
        }
    }
    if (fwrite(logits, sizeof(float), (size_t) n_vocab, file) != (size_t) n_vocab) {
        fail("writing");
    }
    return best;
}

static void generate(struct llama_model * model, const char * text, int count, const char * path) {
    const struct llama_vocab * vocab = llama_model_get_vocab(model);
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = 512;
    params.n_threads = params.n_threads_batch = 1;
    params.kv_unified = true;
    params.no_perf = true;
    struct llama_context * context = llama_init_from_model(model, params);
    FILE * file = fopen(path, "wb");
    if (!context || !file) {
        fail("making the context or opening the file of logits");
    }
    int32_t n_prompt;
    llama_token * prompt = tokenize(vocab, text, strlen(text), true, &n_prompt);
    for (int32_t i = 0; i < n_prompt; i++) {
        printf("%d\n", prompt[i]);
    }
    struct llama_batch batch = llama_batch_get_one(prompt, n_prompt);
    llama_token next;
    for (int i = 0; i < count; i++) {
        if (llama_decode(context, batch) != 0) {
            fail("llama_decode");
        }
        next = generate_one(context, llama_vocab_n_tokens(vocab), file);
        printf("%d\n", next);
        batch = llama_batch_get_one(&next, 1);
    }
    fclose(file);
    free(prompt);
    llama_free(context);
}

static void embed(struct llama_model * model, const char * text, const char * path) {
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = 512;
    params.n_threads = params.n_threads_batch = 1;
    params.kv_unified = true;
    params.embeddings = true;
    params.no_perf = true;
    struct llama_context * context = llama_init_from_model(model, params);
    FILE * file = fopen(path, "wb");
    if (!context || !file) {
        fail("making the context or opening the file of values");
    }
    int32_t count;
    llama_token * tokens = tokenize(llama_model_get_vocab(model), text, strlen(text), true, &count);
    if (llama_decode(context, llama_batch_get_one(tokens, count)) != 0) {
        fail("llama_decode");
    }
    const bool ranks = llama_pooling_type(context) == LLAMA_POOLING_TYPE_RANK;
    const size_t size = ranks ? llama_model_n_cls_out(model) : (size_t) llama_model_n_embd_out(model);
    if (fwrite(llama_get_embeddings_seq(context, 0), sizeof(float), size, file) != size) {
        fail("writing");
    }
    fclose(file);
    free(tokens);
    llama_free(context);
}

int main(int argc, char ** argv) {
    const bool generates = argc == 5 && strcmp(argv[1], "generate") == 0;
    const bool embeds = argc == 4 && strcmp(argv[1], "embed") == 0;
    const bool special = argc == 3 && strcmp(argv[1], "special") == 0;
    if (!generates && !embeds && !special && !(argc == 3 && strcmp(argv[1], "tokenize") == 0)) {
        fprintf(stderr, "usage: reference generate MODEL COUNT LOGITS | embed MODEL VALUES | tokenize MODEL | special MODEL\n");
        return 2;
    }
    llama_log_set(quiet, NULL);
    ggml_backend_load_all();
    struct llama_model_params params = llama_model_default_params();
    params.vocab_only = !generates && !embeds;
    struct llama_model * model = llama_model_load_from_file(argv[2], params);
    if (!model) {
        fail("loading");
    }
    if (special) {
        print_special(model);
        llama_model_free(model);
        return 0;
    }
    char * text = read_all(stdin);
    if (generates) {
        generate(model, text, atoi(argv[3]), argv[4]);
    } else if (embeds) {
        embed(model, text, argv[3]);
    } else {
        tokenize_texts(llama_model_get_vocab(model), text);
    }
    free(text);
    llama_model_free(model);
    return 0;
}
