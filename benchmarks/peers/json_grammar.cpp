// The C++ side of json.native: generates greedily under the grammar that llama.cpp's converter makes of a JSON Schema, through
// common_sampler, which checks the best token first and builds a mask only where that one is refused. Reads schemas, one a line,
// and prints a line for each: the tokens chosen and the nanoseconds from the schema's text to the last of them, or "refused" and
// why.
//
//     json-grammar MODEL SCHEMAS PROMPT TOKENS THREADS [SECONDS]
//
// TOKENS are chosen at most for a schema; none may take longer than SECONDS (default 20).
#include "common.h"
#include "json-schema-to-grammar.h"
#include "llama.h"
#include "sampling.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

using wall_clock = std::chrono::steady_clock;

struct run {
    int                   tokens  = 0;
    wall_clock::duration  elapsed = {};
};

static void quiet(ggml_log_level, const char *, void *) {}

static void decode(llama_context * context, std::vector<llama_token> tokens) {
    if (llama_decode(context, llama_batch_get_one(tokens.data(), (int32_t) tokens.size())) != 0)
        throw std::runtime_error("llama_decode failed");
}

// the cheapest chain that is greedy: the best token alone
static common_params_sampling greedy(const std::string & grammar) {
    common_params_sampling params;
    params.samplers = { COMMON_SAMPLER_TYPE_TOP_K };
    params.top_k    = 1;
    params.temp     = 0;
    params.no_perf  = true;
    params.grammar  = { COMMON_GRAMMAR_TYPE_USER, grammar };
    return params;
}

static run generate(llama_context * context, const std::vector<llama_token> & prompt, const std::string & schema, int most, double seconds) {
    const llama_model * model = llama_get_model(context);
    const llama_vocab * vocab = llama_model_get_vocab(model);
    llama_memory_seq_rm(llama_get_memory(context), 0, (llama_pos) prompt.size() - 1, -1);

    const auto start = wall_clock::now();
    common_params_sampling params = greedy(json_schema_to_grammar(common_json::parse(schema)));
    common_sampler_ptr sampler(common_sampler_init(model, params));
    decode(context, { prompt.back() });
    run result;
    while (true) {
        llama_token token = common_sampler_sample(sampler.get(), context, -1);
        result.tokens++;
        result.elapsed = wall_clock::now() - start;
        if (llama_vocab_is_eog(vocab, token) || result.tokens == most || std::chrono::duration<double>(result.elapsed).count() > seconds)
            return result;
        common_sampler_accept(sampler.get(), token, true);
        decode(context, { token });
    }
}

static int usage(const char * why) {
    fprintf(stderr, "json-grammar: %s\nusage: json-grammar MODEL SCHEMAS PROMPT TOKENS THREADS [SECONDS]\n", why);
    return 2;
}

int main(int count, char ** arguments) {
    if (count < 6 || count > 7)
        return usage("five or six arguments are needed");
    const int    most    = atoi(arguments[4]), threads = atoi(arguments[5]);
    const double seconds = count == 7 ? atof(arguments[6]) : 20;
    std::ifstream schemas(arguments[2]);
    if (!schemas || most < 1 || threads < 1)
        return usage("the schemas cannot be read, or a count is below 1");

    llama_log_set(quiet, nullptr);
    llama_backend_init();
    llama_model * model = llama_model_load_from_file(arguments[1], llama_model_default_params());
    if (!model)
        return usage("the model cannot be loaded");
    const std::vector<llama_token> prompt = common_tokenize(llama_model_get_vocab(model), arguments[3], true, false);
    llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = (uint32_t) (prompt.size() + most + 8);
    params.n_threads = params.n_threads_batch = threads;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
    llama_context * context = llama_init_from_model(model, params);
    if (!context)
        return usage("the context cannot be made");
    decode(context, prompt);

    for (std::string schema; std::getline(schemas, schema);) {
        try {
            const run result = generate(context, prompt, schema, most, seconds);
            printf("%d %lld\n", result.tokens, (long long) std::chrono::nanoseconds(result.elapsed).count());
        } catch (const std::exception & refused) {
            std::string why = refused.what();
            printf("refused %s\n", why.substr(0, why.find('\n')).c_str());
        }
        fflush(stdout);
    }
    llama_free(context);
    llama_model_free(model);
    llama_backend_free();
    return 0;
}
