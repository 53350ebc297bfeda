// Chat templates and the prompts that they make.
#include "budget.h"
#include "provenance.h"
#include "request.h"
#include "chat_handles.h"

#include "chat.h"
#include "json.h"

#include <memory>

using namespace llamaspan;

namespace {

// What of the sources of a template llama.cpp would only do in the square of their length.
std::string with_line_feeds(std::string_view source) {
    std::string result;
    result.reserve(source.size());
    for (size_t i = 0; i < source.size(); i++) {
        if (source[i] != '\r') {
            result += source[i];
        } else if (i + 1 == source.size() || source[i + 1] != '\n') {
            result += '\n';
        }
    }
    return result;
}

void check_source(std::string_view source) {
    if (source.size() > LLAMASPAN_CHAT_MAX_TEMPLATE_BYTES) {
        throw limit_reached("source: the template has " + std::to_string(source.size()) + " bytes, at most "
            + std::to_string(LLAMASPAN_CHAT_MAX_TEMPLATE_BYTES) + " are taken");
    }
}

std::string source_of(const struct llama_model * model) {
    const char * source = llama_model_chat_template(model, nullptr);
    source = source != nullptr ? source : llama_model_chat_template(model, "tool_use");
    if (source == nullptr || *source == '\0') {
        throw invalid_argument("source: null, and the model has no template of its own");
    }
    check_source(source);
    if (const char * tools = llama_model_chat_template(model, "tool_use")) {
        check_source(tools);
    }
    return source;
}

std::string trigger_type(common_grammar_trigger_type type) {
    switch (type) {
        case COMMON_GRAMMAR_TRIGGER_TYPE_TOKEN:        return "token";
        case COMMON_GRAMMAR_TRIGGER_TYPE_WORD:         return "word";
        case COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN:      return "pattern";
        case COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN_FULL: return "pattern_full";
    }
    throw std::runtime_error("a grammar trigger of an unknown type");
}

std::string details_of(const common_chat_params & params) {
    common_json triggers = common_json::array();
    for (const auto & trigger : params.grammar_triggers) {
        triggers.push_back({{"type", trigger_type(trigger.type)}, {"value", trigger.value}, {"token", trigger.token}});
    }
    const common_json details{
        {"format",             common_chat_format_name(params.format)},
        {"grammar",            params.grammar},
        {"grammar_lazy",       params.grammar_lazy},
        {"grammar_triggers",   triggers},
        {"preserved_tokens",   params.preserved_tokens},
        {"additional_stops",   params.additional_stops},
        {"generation_prompt",  params.generation_prompt},
        {"supports_thinking",  params.supports_thinking},
        {"thinking_start_tag", params.thinking_start_tag},
        {"thinking_end_tags",  params.thinking_end_tags},
    };
    return details.dump_safe();
}

void set_parts(llamaspan_chat_prompt & prompt, const marked_text & marked, const std::vector<content> & contents) {
    size_t start = 0;
    for (const run & piece : marked.runs) {
        llamaspan_chat_part part{};
        part.start = start;
        part.size = piece.size;
        part.kind = piece.origin == hooks::TEMPLATE ? LLAMASPAN_CHAT_PART_TEMPLATE : LLAMASPAN_CHAT_PART_INPUT;
        part.message = part.content = -1;
        if (piece.origin >= hooks::CONTENT) {
            const content & source = contents[static_cast<size_t>(piece.origin - hooks::CONTENT)];
            part.message = source.message;
            part.content = source.index;
        }
        prompt.parts.push_back(part);
        start += piece.size;
    }
}

// The last message of a request that goes on from it is not rendered by the template but put behind what is.
marked_text locate_prompt(const rendering & rendered, const std::string & prompt, const chat_request & request) {
    const common_chat_templates_inputs & inputs = request.inputs;
    if (inputs.continue_final_message == COMMON_CHAT_CONTINUATION_NONE || inputs.messages.empty()) {
        return locate(rendered, prompt, nullptr, nullptr);
    }
    const common_chat_msg & last = inputs.messages.back();
    const content reasoning{-1, -1, last.reasoning_content};
    const content whole{-1, -1, last.render_content()};
    const bool single = !request.contents.empty() && request.contents.back().text == whole.text;
    const bool only_reasoning = inputs.continue_final_message == COMMON_CHAT_CONTINUATION_REASONING
        || (inputs.continue_final_message == COMMON_CHAT_CONTINUATION_AUTO && whole.text.empty());
    return locate(rendered, prompt,
        reasoning.text.empty() ? nullptr : &reasoning,
        only_reasoning || whole.text.empty() ? nullptr : single ? &request.contents.back() : &whole);
}

std::unique_ptr<llamaspan_chat_prompt> apply(const llamaspan_chat_template & chat_template, std::string_view json) {
    const chat_request request = read_request(json);
    auto prompt = std::make_unique<llamaspan_chat_prompt>();
    const rendering rendered(request.contents, request.arguments);
    prompt->continued = request.inputs.continue_final_message != COMMON_CHAT_CONTINUATION_NONE && !request.inputs.messages.empty();
    prompt->params = common_chat_templates_apply(chat_template.templates.get(), request.inputs);

    set_parts(*prompt, locate_prompt(rendered, prompt->params.prompt, request), request.contents);
    prompt->details = details_of(prompt->params);
    return prompt;
}

}  // namespace

enum llamaspan_status llamaspan_chat_template_init(
        const struct llama_model * model, const char * source, size_t source_size, const char * bos, const char * eos,
        struct llamaspan_chat_template ** chat_template) {
    return guarded([&] {
        if (source == nullptr && model == nullptr) {
            throw invalid_argument("source and model: both null");
        }
        std::string given;
        if (source != nullptr) {
            check_source({source, source_size});
            given = with_line_feeds({source, source_size});
            if (given.empty()) {
                throw invalid_argument("source: the template is empty");
            }
        }
        const std::string text = source != nullptr ? given : source_of(model);
        auto result = std::make_unique<llamaspan_chat_template>();
        run_bounded(text.size(), [&] {
            result->templates = common_chat_templates_init(model, given, bos != nullptr ? bos : "", eos != nullptr ? eos : "");
            result->source = common_chat_templates_source(result->templates.get());
        });
        *chat_template = result.release();
        return LLAMASPAN_STATUS_OK;
    });
}

void llamaspan_chat_template_free(struct llamaspan_chat_template * chat_template) {
    if (chat_template != nullptr) {
        // The tree is freed by recursion. Where no thread can be had, it is left: this cannot fail.
        guarded([&] {
            on_big_stack(budget::STACK, [&] { delete chat_template; });
            return LLAMASPAN_STATUS_OK;
        });
    }
}

const char * llamaspan_chat_template_source(const struct llamaspan_chat_template * chat_template, size_t * size) {
    *size = chat_template->source.size();
    return chat_template->source.c_str();
}

enum llamaspan_status llamaspan_chat_apply(
        const struct llamaspan_chat_template * chat_template, const char * request, size_t request_size,
        struct llamaspan_chat_prompt ** prompt) {
    return guarded([&] {
        run_bounded(request_size, [&] { *prompt = apply(*chat_template, {request, request_size}).release(); });
        return LLAMASPAN_STATUS_OK;
    });
}

void llamaspan_chat_prompt_free(struct llamaspan_chat_prompt * prompt) {
    delete prompt;
}

const char * llamaspan_chat_prompt_text(const struct llamaspan_chat_prompt * prompt, size_t * size) {
    *size = prompt->params.prompt.size();
    return prompt->params.prompt.data();
}

const struct llamaspan_chat_part * llamaspan_chat_prompt_parts(const struct llamaspan_chat_prompt * prompt, size_t * count) {
    *count = prompt->parts.size();
    return prompt->parts.data();
}

const char * llamaspan_chat_prompt_details(const struct llamaspan_chat_prompt * prompt, size_t * size) {
    *size = prompt->details.size();
    return prompt->details.data();
}
