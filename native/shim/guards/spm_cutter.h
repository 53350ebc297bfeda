// Cuts long text for a SentencePiece vocabulary where no token can reach across.
#pragma once

#include "llamaspan.h"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace llamaspan {

// llama.cpp's SentencePiece tokenizer takes quadratic time in the number of characters that it falls back to bytes for (it grows its
// result by one at each): a million line breaks take minutes. Cut before characters that stand in no token of several characters, the
// pieces give the tokens of the whole.
class spm_cutter {
public:
    explicit spm_cutter(const struct llama_vocab * vocab);

    // The first place after piece + least where a piece that starts at piece may end; the text's size if there is none.
    size_t next_cut(std::string_view text, size_t piece, size_t least) const;

    // How many tokens llama.cpp puts in front of a piece that begins with this text: the space that it prefixes, 0 or 1.
    size_t prefix_tokens(std::string_view piece) const;

private:
    bool holds_special(std::string_view text) const;
    bool touches_special(std::string_view text, size_t position) const;

    const struct llama_vocab *           vocab;
    std::unordered_set<std::string_view> joining;      // characters that stand in tokens of several
    std::vector<std::string_view>        special;      // tokens that llama.cpp may find before it divides text into characters
    std::vector<std::string_view>        strip_left;   // those that swallow the white space in front of them
    std::vector<std::string_view>        strip_right;  // and after them
};

}  // namespace llamaspan
