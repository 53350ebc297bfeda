// Guards over tokens and text.
#include "big_stack.h"
#include "guard.h"
#include "pre_tokenizer.h"
#include "spm_cutter.h"
#include "vocabulary.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace llamaspan;

namespace {

constexpr size_t MAX_TEXT = 1 << 30;  // llama.cpp counts bytes in int32_t

// Matches up to this length are made on the caller's stack.
constexpr size_t SHORT_MATCH         = 512;
constexpr size_t STACK_PER_CHARACTER = 1024;
constexpr size_t STACK_BASE          = 1 << 20;

// SentencePiece: text beyond this is cut into pieces.
constexpr size_t PIECE = 2048;

// llama.cpp adds these without a look at whether the vocabulary has them.
void check_special(const struct llama_vocab * vocab) {
    const bool bert = llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_WPM;
    if ((bert || llama_vocab_get_add_bos(vocab)) && llama_vocab_bos(vocab) == LLAMA_TOKEN_NULL) {
        throw invalid_argument("add_special: the vocabulary asks for a BOS token and has none");
    }
    if (llama_vocab_get_add_eos(vocab) && llama_vocab_eos(vocab) == LLAMA_TOKEN_NULL) {
        throw invalid_argument("add_special: the vocabulary asks for an EOS token and has none");
    }
    if (bert && llama_vocab_sep(vocab) == LLAMA_TOKEN_NULL) {
        throw invalid_argument("add_special: the vocabulary asks for a separator token and has none");
    }
}

// The llama_* functions of this file give a count, or less the count that there is no room for.
enum llamaspan_status give_count(int32_t result, size_t * count, const char * buffer) {
    if (result == INT32_MIN) {
        throw limit_reached("the result has more than 2147483647 elements");
    }
    *count = static_cast<size_t>(result < 0 ? -static_cast<int64_t>(result) : result);
    return result < 0
        ? fail(LLAMASPAN_STATUS_BUFFER_TOO_SMALL, (std::string(buffer) + ": " + std::to_string(*count) + " are needed").c_str())
        : LLAMASPAN_STATUS_OK;
}

int32_t capacity_of(size_t capacity) {
    return static_cast<int32_t>(capacity < INT32_MAX ? capacity : INT32_MAX);
}

std::vector<llama_token> tokenize(const struct llama_vocab * vocab, std::string_view text, bool add_special, bool parse_special) {
    std::vector<llama_token> tokens(text.size() + 2);
    for (;;) {
        const int32_t count = llama_tokenize(vocab, text.data(), static_cast<int32_t>(text.size()),
            tokens.data(), capacity_of(tokens.size()), add_special, parse_special);
        if (count == INT32_MIN) {
            throw limit_reached("the text has more than 2147483647 tokens");
        }
        tokens.resize(static_cast<size_t>(std::abs(count)));
        if (count >= 0) {
            return tokens;
        }
    }
}

std::vector<llama_token> tokenize_in_pieces(const struct llama_vocab * vocab, std::string_view text, bool add_special, bool parse_special) {
    const spm_cutter cutter(vocab);
    std::vector<llama_token> tokens;
    if (add_special && llama_vocab_get_add_bos(vocab)) {
        tokens.push_back(llama_vocab_bos(vocab));
    }
    for (size_t start = 0; start < text.size();) {
        const size_t end = cutter.next_cut(text, start, PIECE);
        const std::string_view piece = text.substr(start, end - start);
        const std::vector<llama_token> part = tokenize(vocab, piece, false, parse_special);
        const size_t prefix = start == 0 ? 0 : cutter.prefix_tokens(piece);
        tokens.insert(tokens.end(), part.begin() + static_cast<std::ptrdiff_t>(prefix), part.end());
        start = end;
    }
    if (add_special && llama_vocab_get_add_eos(vocab)) {
        tokens.push_back(llama_vocab_eos(vocab));
    }
    return tokens;
}

// On a stack that the pre-tokenizer's recursion fits.
std::vector<llama_token> tokenize_recursing(const struct llama_model * model, const struct llama_vocab * vocab,
        std::string_view text, bool add_special, bool parse_special) {
    const pre_tokenizer splitter(model);
    const size_t match = splitter.longest_match(text);
    if (match > splitter.limit()) {
        throw limit_reached("text: " + std::to_string(match) + " characters of one kind follow one another, at most "
            + std::to_string(splitter.limit()) + " may with this vocabulary's pre-tokenizer; a line break between them helps");
    }
    std::vector<llama_token> tokens;
    const auto run = [&] { tokens = tokenize(vocab, text, add_special, parse_special); };
    if (match <= SHORT_MATCH) {
        run();
    } else {
        on_big_stack(STACK_BASE + match * STACK_PER_CHARACTER, run);
    }
    return tokens;
}

}  // namespace

enum llamaspan_status llamaspan_tokenize(
        const struct llama_model * model, const char * text, size_t size, bool add_special, bool parse_special,
        llama_token * tokens, size_t capacity, size_t * count) {
    return guarded([&] {
        const struct llama_vocab * vocab = vocabulary(model);
        if (size > MAX_TEXT) {
            throw limit_reached("text: " + std::to_string(size) + " bytes, at most " + std::to_string(MAX_TEXT) + " are tokenized at once");
        }
        if (add_special) {
            check_special(vocab);
        }
        const std::string_view view(text, size);
        const std::vector<llama_token> result = size > PIECE && llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_SPM
            ? tokenize_in_pieces(vocab, view, add_special, parse_special)
            : tokenize_recursing(model, vocab, view, add_special, parse_special);
        *count = result.size();
        if (result.size() > capacity) {
            return fail(LLAMASPAN_STATUS_BUFFER_TOO_SMALL, ("tokens: " + std::to_string(result.size()) + " are needed").c_str());
        }
        std::copy(result.begin(), result.end(), tokens);
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_token_to_piece(
        const struct llama_model * model, llama_token token, bool special, char * bytes, size_t capacity, size_t * count) {
    return guarded([&] {
        const struct llama_vocab * vocab = vocabulary(model);
        check_token(vocab, token);
        return give_count(llama_token_to_piece(vocab, token, bytes, capacity_of(capacity), 0, special), count, "bytes");
    });
}

enum llamaspan_status llamaspan_detokenize(
        const struct llama_model * model, const llama_token * tokens, size_t n_tokens, bool remove_special, bool unparse_special,
        char * text, size_t capacity, size_t * count) {
    return guarded([&] {
        const struct llama_vocab * vocab = vocabulary(model);
        if (n_tokens > MAX_TEXT) {
            throw limit_reached("tokens: at most " + std::to_string(MAX_TEXT) + " are detokenized at once");
        }
        for (size_t i = 0; i < n_tokens; i++) {
            check_token(vocab, tokens[i]);
        }
        const int32_t result = llama_detokenize(
            vocab, tokens, static_cast<int32_t>(n_tokens), text, capacity_of(capacity), remove_special, unparse_special);
        return give_count(result, count, "text");
    });
}
