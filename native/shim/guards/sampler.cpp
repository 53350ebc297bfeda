// Guards over llama.cpp's samplers.
#include "big_stack.h"
#include "guard.h"
#include "lazy_grammar.h"
#include "vocabulary.h"

#include <cstring>
#include <string>
#include <vector>

using namespace llamaspan;

namespace {

// The parser of a grammar recurses into its parentheses and rules.
constexpr size_t MAX_GRAMMAR    = 1 << 20;
constexpr size_t STACK_PER_BYTE = 1024;
constexpr size_t STACK_BASE     = 1 << 20;

// Makes a sampler of a grammar on a stack that its text needs; throws where llama.cpp refuses it.
template <typename Make>
struct llama_sampler * make_from_grammar(const char * grammar, Make && make) {
    const size_t size = std::strlen(grammar);
    if (size == 0) {
        throw invalid_argument("grammar: it is empty");
    }
    if (size > MAX_GRAMMAR) {
        throw limit_reached("grammar: " + std::to_string(size) + " bytes, at most " + std::to_string(MAX_GRAMMAR));
    }
    struct llama_sampler * made = nullptr;
    on_big_stack(STACK_BASE + size * STACK_PER_BYTE, [&] { made = make(); });
    if (made == nullptr) {
        throw invalid_argument("grammar: llama.cpp refuses it; its log says why");
    }
    return made;
}

bool is_grammar(const struct llama_sampler * sampler) {
    const char * name = llama_sampler_name(sampler);
    return std::strcmp(name, "grammar") == 0 || std::strcmp(name, LAZY_GRAMMAR) == 0;
}

// Calls a function on a sampler, or on each member of a chain.
template <typename Function>
void for_each_member(struct llama_sampler * sampler, Function && function) {
    if (llama_sampler_chain_get(sampler, -1) == nullptr) {
        function(sampler);
        return;
    }
    for (int32_t i = 0; i < llama_sampler_chain_n(sampler); i++) {
        for_each_member(llama_sampler_chain_get(sampler, i), function);
    }
}

void accept(const struct llama_vocab * vocab, struct llama_sampler * sampler, llama_token token) {
    check_token(vocab, token);
    for_each_member(sampler, [&](struct llama_sampler * member) {
        if (is_grammar(member) && !grammar_allows(member, token)) {
            throw invalid_argument("token " + std::to_string(token) + " is not allowed by the grammar");
        }
    });
    try {
        llama_sampler_accept(sampler, token);
    } catch (...) {
        // A grammar that threw is left without a state, on which llama.cpp would abort.
        for_each_member(sampler, [](struct llama_sampler * member) {
            if (is_grammar(member)) {
                llama_sampler_reset(member);
            }
        });
        throw;
    }
}

}  // namespace

enum llamaspan_status llamaspan_sampler_init_grammar(
        const struct llama_model * model, const char * grammar, const char * root, struct llama_sampler ** sampler) {
    return guarded([&] {
        const struct llama_vocab * vocab = vocabulary(model);
        *sampler = make_from_grammar(grammar, [&] { return llama_sampler_init_grammar(vocab, grammar, root); });
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_sampler_init_grammar_lazy(
        const struct llama_model * model, const char * grammar, const char * root,
        const char * const * patterns, size_t n_patterns, const llama_token * tokens, size_t n_tokens,
        struct llama_sampler ** sampler) {
    return guarded([&] {
        const struct llama_vocab * vocab = vocabulary(model);
        std::vector<const char *> list(patterns, patterns + n_patterns);
        struct llama_sampler * lazy = make_from_grammar(grammar, [&] {
            return llama_sampler_init_grammar_lazy_patterns(vocab, grammar, root, list.data(), n_patterns, tokens, n_tokens);
        });
        *sampler = make_lazy_grammar(vocab, lazy);
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_sampler_init_infill(const struct llama_model * model, struct llama_sampler ** sampler) {
    return guarded([&] {
        const struct llama_vocab * vocab = vocabulary(model);
        if (llama_vocab_eot(vocab) == LLAMA_TOKEN_NULL && llama_vocab_eos(vocab) == LLAMA_TOKEN_NULL) {
            throw invalid_argument("model: infill needs a vocabulary with an end-of-turn or end-of-sequence token");
        }
        *sampler = llama_sampler_init_infill(vocab);
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_sampler_init_dry(
        const struct llama_model * model, float multiplier, float base, int32_t allowed_length, int32_t last_n,
        const char * const * breakers, size_t n_breakers, struct llama_sampler ** sampler) {
    return guarded([&] {
        std::vector<const char *> list(breakers, breakers + n_breakers);
        *sampler = llama_sampler_init_dry(
            vocabulary(model), multiplier, base, allowed_length, last_n, list.data(), n_breakers);
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_sampler_clone(const struct llama_sampler * sampler, struct llama_sampler ** clone) {
    return guarded([&] {
        *clone = llama_sampler_clone(sampler);
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_sampler_reset(struct llama_sampler * sampler) {
    return guarded([&] {
        llama_sampler_reset(sampler);
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_sampler_accept(
        const struct llama_model * model, struct llama_sampler * sampler, llama_token token) {
    return guarded([&] {
        accept(vocabulary(model), sampler, token);
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_sampler_apply(struct llama_sampler * sampler, llama_token_data_array * candidates) {
    return guarded([&] {
        if (candidates->size == 0) {
            throw invalid_argument("candidates: at least one is needed");
        }
        llama_sampler_apply(sampler, candidates);
        return LLAMASPAN_STATUS_OK;
    });
}
