#include "spm_cutter.h"

#include <algorithm>

namespace {

// Bytes of the character that starts with this one, as llama.cpp splits text into symbols: by the first byte alone.
size_t character_size(char first) {
    constexpr unsigned char sizes[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4};
    return sizes[static_cast<unsigned char>(first) >> 4];
}

std::string_view character_at(std::string_view text, size_t position) {
    return text.substr(position, character_size(text[position]));
}

// Whether a character starts here wherever the division began.
bool starts_character(std::string_view text, size_t position) {
    for (size_t back = 1; back <= 3 && back <= position; back++) {
        if (character_size(text[position - back]) > back) {
            return false;
        }
    }
    return true;
}

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

namespace llamaspan {

spm_cutter::spm_cutter(const struct llama_vocab * vocab) : vocab(vocab) {
    for (llama_token token = 0; token < llama_vocab_n_tokens(vocab); token++) {
        const std::string_view text = llama_vocab_get_text(vocab, token);
        const int attributes = llama_vocab_get_attr(vocab, token);
        if ((attributes & LLAMA_TOKEN_ATTR_BYTE) == 0 && text.size() > character_size(text.empty() ? '\0' : text[0])) {
            for (size_t i = 0; i < text.size(); i += character_size(text[i])) {
                joining.insert(character_at(text, i));
            }
        }
        if ((attributes & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_USER_DEFINED | LLAMA_TOKEN_ATTR_UNKNOWN)) != 0) {
            special.push_back(text);
        }
        if ((attributes & LLAMA_TOKEN_ATTR_LSTRIP) != 0) {
            strip_left.push_back(text);
        }
        if ((attributes & LLAMA_TOKEN_ATTR_RSTRIP) != 0) {
            strip_right.push_back(text);
        }
    }
    joining.insert(" ");  // becomes U+2581, which joins
}

size_t spm_cutter::next_cut(std::string_view text, size_t piece, size_t least) const {
    for (size_t position = piece; position < text.size(); position += character_size(text[position])) {
        if (position <= piece + least || joining.count(character_at(text, position)) != 0) {
            continue;
        }
        // llama.cpp begins to divide into characters anew after each special token: after one, invalid UTF-8 may shift the division.
        const bool aligned = starts_character(text, position) || !holds_special(text.substr(piece, position - piece));
        if (aligned && !touches_special(text, position)) {
            return position;
        }
    }
    return text.size();
}

bool spm_cutter::holds_special(std::string_view text) const {
    return std::any_of(special.begin(), special.end(),
        [&](std::string_view token) { return text.find(token) != std::string_view::npos; });
}

bool spm_cutter::touches_special(std::string_view text, size_t position) const {
    const auto ends_at = [&](std::string_view token, size_t end) {
        return end >= token.size() && text.substr(end - token.size(), token.size()) == token;
    };
    // llama.cpp prefixes a space to what follows a special token.
    if (std::any_of(special.begin(), special.end(), [&](std::string_view token) { return ends_at(token, position); })) {
        return true;
    }
    if (strip_left.empty() && strip_right.empty()) {
        return false;
    }
    size_t start = position;
    while (start > 0 && is_space(text[start - 1])) {
        start--;
    }
    size_t end = position;
    while (end < text.size() && is_space(text[end])) {
        end++;
    }
    return std::any_of(strip_right.begin(), strip_right.end(), [&](std::string_view token) { return ends_at(token, start); })
        || std::any_of(strip_left.begin(), strip_left.end(),
            [&](std::string_view token) { return text.substr(end, token.size()) == token; });
}

size_t spm_cutter::prefix_tokens(std::string_view piece) const {
    const std::string_view first = character_at(piece, 0);
    const auto count = [&](const std::string & text) {
        return -llama_tokenize(vocab, text.data(), static_cast<int32_t>(text.size()), nullptr, 0, false, false);
    };
    const std::string once(first);
    return static_cast<size_t>(2 * count(once) - count(once + once));
}

}  // namespace llamaspan
