#include "pre_tokenizer.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace {

// tokenizer.ggml.pre of the vocabularies that llama.cpp splits without a repeating std::regex (src/llama-vocab.cpp, llm_tokenizer_bpe;
// src/unicode.cpp, unicode_regex_split_custom). Sorted.
constexpr std::string_view LOOPS_ONLY[] = {
    "a.x-4.0", "chameleon", "chatglm-bpe", "codeshell", "command-r", "dbrx", "deepseek-r1-qwen", "exaone", "exaone4", "f2llmv2",
    "falcon-h1", "falcon3", "gemma4", "gigachat", "glm4", "gpt-2", "granite-docling", "granite-embed-multi-311m", "grok-2", "hunyuan",
    "jais", "jina-de", "jina-es", "jina-v1-en", "jina-v2-code", "jina-v2-de", "jina-v2-es", "jina-v5-nano", "kimi-k2", "kormo",
    "laguna", "lfm2", "llama-bpe", "llama-v3", "llama3", "megrez", "mellum", "mellum2", "midm-2.0", "minerva-7b", "modern-bert",
    "mpt", "olmo", "phi-2", "pixtral", "qwen2", "qwen35", "refact", "roberta-bpe", "sarvam-moe", "smaug-bpe", "smollm",
    "solar-open", "stablelm2", "starcoder", "trillion",
};

constexpr std::string_view ANYTHING_BUT_SPACE[] = {"bloom", "gpt3-finnish", "poro-chat", "viking", "whitespace"};

// Its expression looks ahead over all digits that follow, from each of them.
constexpr std::string_view QUADRATIC_IN_DIGITS = "superbpe";
constexpr size_t           MOST_DIGITS         = 4096;

std::string_view metadata(const struct llama_model * model, const char * key, char * buffer, size_t size) {
    return llama_model_meta_val_str(model, key, buffer, size) > 0 ? buffer : "";
}

template <size_t N>
bool contains(const std::string_view (&names)[N], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

enum class kind { letter, digit, punctuation, space, other };

kind kind_of(unsigned char byte) {
    if (byte >= 0x80) {
        return kind::other;  // may be of any kind
    }
    if (byte == ' ' || (byte >= '\t' && byte <= '\r')) {
        return kind::space;
    }
    const unsigned char lower = byte | 0x20;
    return lower >= 'a' && lower <= 'z' ? kind::letter : byte >= '0' && byte <= '9' ? kind::digit : kind::punctuation;
}

// The longest stretch in which every two neighbours satisfy joins(left, right); bytes outside of ASCII join with all, and count once
// for each character.
template <typename Joins>
size_t longest_stretch(std::string_view text, Joins && joins) {
    size_t longest = 0;
    size_t stretch = 0;
    size_t tail    = 0;  // characters outside of ASCII that the stretch ends with: they may belong to the next one too
    kind   previous = kind::other;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const kind next = kind_of(byte);
        if (next == kind::other) {
            const size_t character = (byte & 0xC0) == 0x80 ? 0 : 1;
            stretch += character;
            tail    += character;
        } else {
            stretch  = previous == kind::other || joins(previous, next) ? stretch + 1 : tail + 1;
            tail     = 0;
            previous = next;
        }
        longest = std::max(longest, stretch);
    }
    return longest;
}

}  // namespace

namespace llamaspan {

pre_tokenizer::pre_tokenizer(const struct llama_model * model) {
    char buffer[64];
    const std::string_view tokenizer = metadata(model, "tokenizer.ggml.model", buffer, sizeof(buffer));
    const bool whitespace_model = tokenizer == "whitespace";
    if (llama_vocab_type(llama_model_get_vocab(model)) != LLAMA_VOCAB_TYPE_BPE || tokenizer == "gemma4") {
        match_span = span::nothing;
        return;
    }
    const std::string_view name = metadata(model, "tokenizer.ggml.pre", buffer, sizeof(buffer));
    if (contains(LOOPS_ONLY, name)) {
        match_span = span::nothing;
    } else if (contains(ANYTHING_BUT_SPACE, name)) {
        if (name == "whitespace" && !whitespace_model) {
            throw std::runtime_error("tokenizer.ggml.pre is whitespace, which llama.cpp aborts on unless tokenizer.ggml.model is too");
        }
        match_span = span::no_space;
    } else if (name == "exaone-moe") {
        match_span = span::letters_and_spaces;
    } else if (name == QUADRATIC_IN_DIGITS) {
        longest_allowed = MOST_DIGITS;
    }
}

size_t pre_tokenizer::longest_match(std::string_view text) const {
    if (match_span == span::nothing) {
        return 0;
    }
    const span allowed = match_span;
    return longest_stretch(text, [allowed](kind left, kind right) {
        if (left == right) {
            return true;
        }
        switch (allowed) {
            case span::no_space:
                return left != kind::space && right != kind::space;
            case span::letters_and_spaces:
                return (left == kind::letter && right == kind::space) || (left == kind::space && right == kind::letter);
            default:
                return false;
        }
    });
}

}  // namespace llamaspan
