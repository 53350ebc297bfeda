#include "lazy_grammar.h"

#include "big_stack.h"
#include "guard.h"

#include <cmath>
#include <memory>

namespace {

constexpr size_t SHORT_ANSWER   = 512;
constexpr size_t LONGEST_ANSWER = 256 * 1024;
constexpr size_t STACK_PER_BYTE = 1024;
constexpr size_t STACK_BASE     = 1 << 20;

struct sampler_deleter {
    void operator()(struct llama_sampler * sampler) const { llama_sampler_free(sampler); }
};

struct lazy_grammar {
    const struct llama_vocab * vocab;
    std::unique_ptr<struct llama_sampler, sampler_deleter> grammar;
    size_t answer_bytes = 0;      // what llama.cpp searches for the trigger, at most
    bool   triggered    = false;  // known to be; it may be without that being known
};

lazy_grammar & state_of(struct llama_sampler * sampler) {
    return *static_cast<lazy_grammar *>(sampler->ctx);
}

size_t piece_size(const struct llama_vocab * vocab, llama_token token) {
    char piece[256];
    const int32_t size = llama_token_to_piece(vocab, token, piece, sizeof(piece), 0, true);
    return static_cast<size_t>(size < 0 ? -size : size);
}

void reset(struct llama_sampler * sampler) {
    lazy_grammar & self = state_of(sampler);
    llama_sampler_reset(self.grammar.get());
    self.answer_bytes = 0;
    self.triggered    = false;
}

void accept(struct llama_sampler * sampler, llama_token token) {
    lazy_grammar & self = state_of(sampler);
    self.answer_bytes += piece_size(self.vocab, token);
    const auto tell = [&] { llama_sampler_accept(self.grammar.get(), token); };
    if (self.triggered || self.answer_bytes <= SHORT_ANSWER) {
        tell();
    } else if (self.answer_bytes <= LONGEST_ANSWER) {
        llamaspan::on_big_stack(STACK_BASE + self.answer_bytes * STACK_PER_BYTE, tell);
    } else {
        throw llamaspan::limit_reached("grammar: no trigger within the first 262144 bytes of the answer");
    }
    const llama_token end = llama_vocab_eos(self.vocab);
    self.triggered = self.triggered || (end != LLAMA_TOKEN_NULL && !llamaspan::grammar_allows(self.grammar.get(), end));
}

void apply(struct llama_sampler * sampler, llama_token_data_array * candidates) {
    llama_sampler_apply(state_of(sampler).grammar.get(), candidates);
}

struct llama_sampler * clone(const struct llama_sampler * sampler) {
    const auto & self = *static_cast<const lazy_grammar *>(sampler->ctx);
    struct llama_sampler * copy = llamaspan::make_lazy_grammar(self.vocab, llama_sampler_clone(self.grammar.get()));
    state_of(copy).answer_bytes = self.answer_bytes;
    state_of(copy).triggered    = self.triggered;
    return copy;
}

struct llama_sampler_i interface() {
    struct llama_sampler_i functions = {};
    functions.name   = [](const struct llama_sampler *) { return llamaspan::LAZY_GRAMMAR; };
    functions.accept = accept;
    functions.apply  = apply;
    functions.reset  = reset;
    functions.clone  = clone;
    functions.free   = [](struct llama_sampler * sampler) { delete &state_of(sampler); };
    return functions;
}

}  // namespace

namespace llamaspan {

const char * const LAZY_GRAMMAR = "grammar-lazy";

struct llama_sampler * make_lazy_grammar(const struct llama_vocab * vocab, struct llama_sampler * grammar) {
    static struct llama_sampler_i functions = interface();
    auto state = std::make_unique<lazy_grammar>();
    state->vocab = vocab;
    state->grammar.reset(grammar);
    struct llama_sampler * sampler = llama_sampler_init(&functions, state.get());
    state.release();
    return sampler;
}

bool grammar_allows(struct llama_sampler * grammar, llama_token token) {
    llama_token_data candidate = {token, 0.0f, 0.0f};
    llama_token_data_array candidates = {&candidate, 1, -1, false};
    llama_sampler_apply(grammar, &candidates);
    return !std::isinf(candidate.logit);
}

}  // namespace llamaspan
