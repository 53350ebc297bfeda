// How deep the pre-tokenizer of a vocabulary recurses on a text.
#pragma once

#include "llamaspan.h"

#include <cstddef>
#include <string_view>

namespace llamaspan {

// llama.cpp splits text into words by hand-written loops for some pre-tokenizers, by std::regex for the rest. libstdc++ matches a
// regular expression by recursion, one level for each character of the match: 320 bytes of stack each where built with optimization.
class pre_tokenizer {
public:
    explicit pre_tokenizer(const struct llama_model * model);

    // How many characters of this text one match can span, but for a leading space and line breaks at its end; never less. 0 where
    // nothing recurses.
    size_t longest_match(std::string_view text) const;

    // The longest match that is let through.
    size_t limit() const { return longest_allowed; }

private:
    // What a single match can span.
    enum class span {
        nothing,             // no regular expression that repeats
        one_kind,            // letters, digits, punctuation or white space
        no_space,            // anything but white space
        letters_and_spaces,  // words with single spaces between them
    };

    span   match_span      = span::one_kind;
    size_t longest_allowed = 256 * 1024;
};

}  // namespace llamaspan
