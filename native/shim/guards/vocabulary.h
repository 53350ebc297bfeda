// What guards over tokens check first.
#pragma once

#include "llamaspan.h"

namespace llamaspan {

// The vocabulary of a model; throws where it has none.
const struct llama_vocab * vocabulary(const struct llama_model * model);

// Throws where a token is not in a vocabulary.
void check_token(const struct llama_vocab * vocab, llama_token token);

}  // namespace llamaspan
