#include "vocabulary.h"

#include "guard.h"

#include <string>

namespace llamaspan {

const struct llama_vocab * vocabulary(const struct llama_model * model) {
    const struct llama_vocab * vocab = llama_model_get_vocab(model);
    if (llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_NONE) {
        throw invalid_argument("model: it has no vocabulary");
    }
    return vocab;
}

void check_token(const struct llama_vocab * vocab, llama_token token) {
    if (token < 0 || token >= llama_vocab_n_tokens(vocab)) {
        throw invalid_argument("token " + std::to_string(token) + " is outside of the vocabulary's 0 to "
            + std::to_string(llama_vocab_n_tokens(vocab) - 1));
    }
}

}  // namespace llamaspan
