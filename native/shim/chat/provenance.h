// Which bytes of a prompt come from where.
#pragma once

#include "hooks.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace llamaspan {

// One content of one message of a request, in their order.
struct content {
    int32_t message;
    int32_t index;
    std::string text;
};

// Bytes of one origin, as hooks.h counts them.
struct run {
    size_t size;
    int32_t origin;
};

struct marked_text {
    std::string text;
    std::vector<run> runs;      // cover the text; neighbours differ

    void append(const std::string & more, int32_t origin);
    void append(const marked_text & from, size_t start, size_t size);
};

// Keeps what templates make on this thread while it lives.
class rendering {
public:
    rendering(const std::vector<content> & contents, const std::set<std::string> & arguments);
    ~rendering();
    rendering(const rendering &) = delete;
    rendering & operator=(const rendering &) = delete;

    static rendering * current();

    const std::vector<content> & contents;      // none is empty
    const std::set<std::string> & arguments;    // names of variables that the request brought
    std::vector<marked_text> texts;
};

// The parts of the prompt that common_chat_templates_apply made out of one of the texts: most are that text; some formats append the
// start of an answer (with the content, and before it the reasoning, of a last message that is to go on: `continued`, null without),
// one exchanges a token. Throws where the prompt cannot be told apart.
marked_text locate(const rendering & rendered, const std::string & prompt, const content * reasoning, const content * continued);

}  // namespace llamaspan
