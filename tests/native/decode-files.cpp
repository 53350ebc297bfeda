// Loads the GGUF files whose paths come on standard input, one a line, and uses each as far as it goes: tokenizes, decodes with flash
// attention and without, takes embeddings, shifts the cache. Writes a line for each file when it is done with it: "used" or "refused".
// It is built to be killed: whoever feeds it learns from its end which file no validator should have let through.
//
//   decode-files [--vocab-only] [--lora MODEL]      with --lora the files are adapters for MODEL

#include "llama.h"
#include "ggml-backend.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#    include <sys/resource.h>
#    include <unistd.h>
#endif

static const unsigned SECONDS_PER_FILE = 60;

static void be_silent(ggml_log_level, const char *, void *) {}

// the guards of the shim turn exceptions into status codes; what throws here has done no harm
template <typename F> static void guarded(F && f) {
    try {
        f();
    } catch (const std::exception &) {
    }
}

static std::vector<llama_token> tokenize(const llama_vocab * vocab) {
    static const char text[] = "Hello <s>wörld</s>\n it's  12 \xff\xfe <|im_end|>";
    std::vector<llama_token> tokens(256);
    int n = 0;
    guarded([&] { n = llama_tokenize(vocab, text, sizeof(text) - 1, tokens.data(), (int) tokens.size(), true, true); });
    tokens.resize(n > 0 ? n : 0);
    return tokens;
}

static void use_vocab(const llama_vocab * vocab, const std::vector<llama_token> & tokens) {
    char piece[4096];
    for (llama_token id = 0; id < llama_vocab_n_tokens(vocab); id++) {
        llama_token_to_piece(vocab, id, piece, sizeof(piece), 0, true);
        llama_vocab_get_attr(vocab, id);
        llama_vocab_is_eog(vocab, id);
    }
    guarded([&] { llama_detokenize(vocab, tokens.data(), (int) tokens.size(), piece, sizeof(piece), true, true); });
}

static void decode(llama_context * ctx, const std::vector<llama_token> & prompt) {
    llama_batch batch = llama_batch_init(64, 0, 1);
    for (size_t i = 0; i < prompt.size() && i < 48; i++) {
        batch.token[i]     = prompt[i];
        batch.pos[i]       = (llama_pos) i;
        batch.n_seq_id[i]  = 1;
        batch.seq_id[i][0] = 0;
        batch.logits[i]    = 1;
        batch.n_tokens++;
    }
    guarded([&] { llama_decode(ctx, batch); });
    batch.token[0]  = prompt[0];
    batch.pos[0]    = batch.n_tokens;
    batch.n_tokens  = 1;
    guarded([&] {
        if (llama_decode(ctx, batch) == 0) {
            llama_synchronize(ctx);
        }
    });
    llama_memory_t memory = llama_get_memory(ctx);
    if (memory && llama_memory_can_shift(memory)) {
        const llama_pos end = batch.pos[0] + 1;
        guarded([&] {
            llama_memory_seq_rm(memory, 0, 0, 1);
            llama_memory_seq_add(memory, 0, 1, end, -1);
            batch.pos[0] = end - 1;
            llama_decode(ctx, batch);
        });
    }
    llama_batch_free(batch);
}

static void use_context(llama_model * model, const std::vector<llama_token> & prompt, bool plain, llama_adapter_lora * adapter) {
    llama_context_params params = llama_context_default_params();
    params.n_ctx           = 256;
    params.n_batch         = 64;
    params.n_ubatch        = 64;
    params.n_threads       = 1;
    params.n_threads_batch = 1;
    params.embeddings      = plain;
    params.flash_attn_type = plain ? LLAMA_FLASH_ATTN_TYPE_DISABLED : LLAMA_FLASH_ATTN_TYPE_AUTO;
    llama_context * ctx = nullptr;
    guarded([&] { ctx = llama_init_from_model(model, params); });
    if (!ctx) {
        return;
    }
    if (adapter) {
        float scale = 1.0f;
        guarded([&] { llama_set_adapters_lora(ctx, &adapter, 1, &scale); });
    }
    decode(ctx, prompt);
    llama_free(ctx);
}

static std::vector<llama_token> prompt_for(const llama_model * model) {
    const llama_vocab * vocab = llama_model_get_vocab(model);
    std::vector<llama_token> prompt;
    if (llama_vocab_type(vocab) != LLAMA_VOCAB_TYPE_NONE) {
        prompt = tokenize(vocab);
        use_vocab(vocab, prompt);
    }
    const int n_vocab = llama_vocab_n_tokens(vocab);
    std::vector<llama_token> valid;
    for (llama_token id : prompt) {
        if (id >= 0 && id < n_vocab) {
            valid.push_back(id);
        }
    }
    if (valid.empty()) {
        valid.push_back(0);
    }
    return valid;
}

static llama_model * load(const std::string & path, bool vocab_only) {
    llama_model_params params = llama_model_default_params();
    params.vocab_only = vocab_only;
    llama_model * model = nullptr;
    guarded([&] { model = llama_model_load_from_file(path.c_str(), params); });
    return model;
}

static bool use_model(const std::string & path, bool vocab_only) {
    llama_model * model = load(path, vocab_only);
    if (!model) {
        return false;
    }
    const std::vector<llama_token> prompt = prompt_for(model);
    char text[1024];
    llama_model_desc(model, text, sizeof(text));
    llama_model_chat_template(model, nullptr);
    if (!vocab_only) {
        use_context(model, prompt, false, nullptr);
        use_context(model, prompt, true, nullptr);
    }
    llama_model_free(model);
    return true;
}

static bool use_adapter(llama_model * model, const std::string & path) {
    llama_adapter_lora * adapter = nullptr;
    guarded([&] { adapter = llama_adapter_lora_init(model, path.c_str()); });
    if (!adapter) {
        return false;
    }
    const std::vector<llama_token> prompt = prompt_for(model);
    use_context(model, prompt, false, adapter);
    use_context(model, prompt, true, adapter);
    llama_adapter_lora_free(adapter);
    return true;
}

int main(int argc, char ** argv) {
    bool vocab_only = false;
    const char * lora_model = nullptr;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--vocab-only") == 0) {
            vocab_only = true;
        } else if (strcmp(argv[i], "--lora") == 0 && i + 1 < argc) {
            lora_model = argv[++i];
        } else {
            fprintf(stderr, "usage: %s [--vocab-only] [--lora MODEL] < paths\n", argv[0]);
            return 2;
        }
    }
#if defined(__unix__) || defined(__APPLE__)
    const rlimit no_core = { 0, 0 };
    setrlimit(RLIMIT_CORE, &no_core);
#    if defined(__linux__)
    const rlimit memory = { 16ull << 30, 16ull << 30 };   // a file that asks for more than the machine has must not take it down
    setrlimit(RLIMIT_AS, &memory);
#    endif
#endif
    llama_log_set(be_silent, nullptr);
    ggml_backend_load_all();
    llama_backend_init();
    llama_model * model = nullptr;
    if (lora_model) {
        model = load(lora_model, false);
        if (!model) {
            fprintf(stderr, "cannot load %s\n", lora_model);
            return 2;
        }
    }
    std::string path;
    while (std::getline(std::cin, path)) {
#if defined(__unix__) || defined(__APPLE__)
        alarm(SECONDS_PER_FILE);                          // one that loops without end is as bad as one that crashes
#endif
        const bool used = model ? use_adapter(model, path) : use_model(path, vocab_only);
        puts(used ? "used" : "refused");
        fflush(stdout);
    }
    llama_model_free(model);
    return 0;
}
