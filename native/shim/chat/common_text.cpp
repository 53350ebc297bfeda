// The few functions of llama.cpp/common/common.cpp and log.cpp that its chat templates use; the files themselves link an HTTP client,
// and a thread that writes to stderr.
#include "hooks.h"

#include "common.h"
#include "log.h"

#include <cstdarg>
#include <cstdio>
#include <stdexcept>

namespace {

std::string formatted(const char * format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    const int size = std::vsnprintf(nullptr, 0, format, again);
    va_end(again);
    if (size < 0) {
        throw std::runtime_error("a text could not be formatted");
    }
    std::string text(static_cast<size_t>(size), '\0');
    std::vsnprintf(text.data(), text.size() + 1, format, arguments);
    return text;
}

}  // namespace

std::string string_format(const char * format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::string text = formatted(format, arguments);
    va_end(arguments);
    return text;
}

std::string string_strip(const std::string & text) {
    const char * blank = " \t\n\r\f\v";
    const size_t start = text.find_first_not_of(blank);
    return start == std::string::npos ? "" : text.substr(start, text.find_last_not_of(blank) - start + 1);
}

std::string string_join(const std::vector<std::string> & values, const std::string & separator) {
    std::string text;
    for (size_t i = 0; i < values.size(); i++) {
        text.append(i == 0 ? "" : separator).append(values[i]);
    }
    return text;
}

std::vector<std::string> string_split(const std::string & text, const std::string & delimiter) {
    std::vector<std::string> pieces;
    size_t start = 0;
    for (size_t end; (end = text.find(delimiter, start)) != std::string::npos; start = end + delimiter.size()) {
        pieces.push_back(text.substr(start, end - start));
    }
    pieces.push_back(text.substr(start));
    return pieces;
}

std::string string_repeat(const std::string & text, size_t times) {
    std::string result;
    result.reserve(text.size() * times);
    for (size_t i = 0; i < times; i++) {
        result += text;
    }
    return result;
}

void string_replace_all(std::string & text, const std::string & search, const std::string & replace) {
    if (search.empty()) {
        return;
    }
    std::string result;
    size_t start = 0;
    for (size_t found; (found = text.find(search, start)) != std::string::npos; start = found + search.size()) {
        result.append(text, start, found - start).append(replace);
    }
    text = result.append(text, start, std::string::npos);
}

std::string common_token_to_piece(const struct llama_vocab * vocab, llama_token token, bool special) {
    std::string piece(16, '\0');
    int32_t size = llama_token_to_piece(vocab, token, piece.data(), static_cast<int32_t>(piece.size()), 0, special);
    if (size < 0) {
        piece.resize(static_cast<size_t>(-size));
        size = llama_token_to_piece(vocab, token, piece.data(), static_cast<int32_t>(piece.size()), 0, special);
    }
    piece.resize(static_cast<size_t>(size < 0 ? 0 : size));
    return piece;
}

std::vector<llama_token> common_tokenize(const struct llama_vocab * vocab, const std::string & text, bool add_special, bool parse_special) {
    std::vector<llama_token> tokens(text.size() + 2);
    int32_t count = llama_tokenize(vocab, text.data(), static_cast<int32_t>(text.size()),
        tokens.data(), static_cast<int32_t>(tokens.size()), add_special, parse_special);
    if (count < 0) {
        throw std::runtime_error("a text could not be tokenized");
    }
    tokens.resize(static_cast<size_t>(count));
    return tokens;
}

// --- log.cpp: to llama.cpp's own log, which has a callback

int common_log_get_verbosity_thold(void) {
    return LOG_LEVEL_WARN;
}

int common_log_get_verbosity(enum ggml_log_level level) {
    switch (level) {
        case GGML_LOG_LEVEL_ERROR: return LOG_LEVEL_ERROR;
        case GGML_LOG_LEVEL_WARN:  return LOG_LEVEL_WARN;
        case GGML_LOG_LEVEL_INFO:  return LOG_LEVEL_INFO;
        default:                   return LOG_LEVEL_DEBUG;
    }
}

struct common_log * common_log_main() {
    return nullptr;
}

void common_log_add(struct common_log * /* log */, enum ggml_log_level level, const char * format, ...) {
    ggml_log_callback callback = nullptr;
    void * user_data = nullptr;
    llama_log_get(&callback, &user_data);
    if (callback == nullptr) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    const std::string text = formatted(format, arguments);
    va_end(arguments);
    callback(level, text.c_str(), user_data);
}

void llamaspan::hooks::warn(const std::string & line) {
    common_log_add(nullptr, GGML_LOG_LEVEL_WARN, "%s", line.c_str());
}
