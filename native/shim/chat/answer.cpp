// Parsers of answers.
#include "budget.h"
#include "chat_handles.h"
#include "request.h"

#include "chat.h"
#include "json.h"

#include <cstdlib>
#include <cstring>
#include <memory>

using namespace llamaspan;

namespace {

char * copy_of(const std::string & text) {
    auto * copy = static_cast<char *>(std::malloc(text.size() + 1));
    if (copy == nullptr) {
        throw std::bad_alloc();
    }
    std::memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

}  // namespace

enum llamaspan_status llamaspan_chat_parser_init(
        const struct llamaspan_chat_prompt * prompt, const char * reasoning_format, bool parse_tool_calls,
        struct llamaspan_chat_parser ** parser) {
    return guarded([&] {
        auto result = std::make_unique<llamaspan_chat_parser>();
        result->params = common_chat_parser_params(prompt->params);
        result->params.reasoning_format = read_reasoning_format(reasoning_format);
        result->params.parse_tool_calls = parse_tool_calls;
        result->params.is_continuation = prompt->continued;
        if (!prompt->params.parser.empty()) {
            run_bounded(prompt->params.parser.size(), [&] { result->params.parser.load(prompt->params.parser); });
        }
        *parser = result.release();
        return LLAMASPAN_STATUS_OK;
    });
}

void llamaspan_chat_parser_free(struct llamaspan_chat_parser * parser) {
    delete parser;
}

enum llamaspan_status llamaspan_chat_parse(
        const struct llamaspan_chat_parser * parser, const char * answer, size_t answer_size, bool partial,
        char ** message, size_t * message_size) {
    return guarded([&] {
        if (answer_size > LLAMASPAN_CHAT_MAX_REQUEST_BYTES) {
            throw limit_reached("answer: " + std::to_string(answer_size) + " bytes, at most "
                + std::to_string(LLAMASPAN_CHAT_MAX_REQUEST_BYTES) + " are taken");
        }
        run_bounded(answer_size, [&] {
            const common_chat_msg parsed = common_chat_parse(std::string(answer, answer_size), partial, parser->params);
            const std::string json = parsed.to_json_oaicompat(true).dump_safe();
            *message = copy_of(json);
            *message_size = json.size();
        });
        return LLAMASPAN_STATUS_OK;
    });
}
