// A sampler around llama.cpp's lazy grammar.
#pragma once

#include "llamaspan.h"

namespace llamaspan {

// Name of the sampler that make_lazy_grammar makes.
extern const char * const LAZY_GRAMMAR;

// Takes a lazy grammar sampler over. llama.cpp searches the whole answer so far for the trigger with a recursive std::regex at each
// token: here that happens on a stack of the size it needs, and an answer beyond 256 KiB without a trigger gives limit_reached.
struct llama_sampler * make_lazy_grammar(const struct llama_vocab * vocab, struct llama_sampler * grammar);

// Whether a grammar sampler (llama.cpp's or the one made here) allows a token next.
bool grammar_allows(struct llama_sampler * grammar, llama_token token);

}  // namespace llamaspan
