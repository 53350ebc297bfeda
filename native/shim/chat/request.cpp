#include "request.h"

#include "guards/guard.h"

#include "json.h"

using namespace llamaspan;

namespace {

constexpr size_t LONGEST_NAME = 1024;   // of a tool, a property, a definition: they become names of grammar rules

[[noreturn]] void refuse(const std::string & place, const std::string & why) {
    throw invalid_argument(place + ": " + why);
}

std::string at(const std::string & place, size_t index) {
    return place + "[" + std::to_string(index) + "]";
}

const std::string & text_at(const common_json & json, const std::string & place, std::string & room) {
    if (!json.is_string()) {
        refuse(place, "must be a string");
    }
    return room = json.get<std::string>();
}

std::string text_member(const common_json & object, const std::string & key, const std::string & place, const std::string & otherwise) {
    std::string room;
    return object.contains(key) && !object.at(key).is_null() ? text_at(object.at(key), place + "." + key, room) : otherwise;
}

bool flag_member(const common_json & object, const std::string & key, bool otherwise) {
    if (!object.contains(key) || object.at(key).is_null()) {
        return otherwise;
    }
    if (!object.at(key).is_boolean()) {
        refuse(key, "must be true or false");
    }
    return object.at(key).get<bool>();
}

void check_role(const std::string & role, const std::string & place) {
    if (role.empty() || role.size() > 64) {
        refuse(place, "must have 1 to 64 characters");
    }
    for (const char c : role) {
        // Roles stand between a template's own marks, so they must not be able to spell one.
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) {
            refuse(place, "must be of letters, digits, '_' and '-'");
        }
    }
}

void check_text_part(const common_json & part, const std::string & place) {
    if (!part.is_object()) {
        refuse(place, "must be an object");
    }
    const std::string type = text_member(part, "type", place, "");
    if (type != "text") {
        refuse(place + ".type", "is \"" + type + "\"; only \"text\" is supported, no images, audio or files");
    }
    if (!part.contains("text") || !part.at("text").is_string()) {
        refuse(place + ".text", "must be a string");
    }
}

void check_tool_calls(const common_json & calls, const std::string & place) {
    if (!calls.is_array()) {
        refuse(place, "must be an array");
    }
    for (size_t i = 0; i < calls.size(); i++) {
        const std::string here = at(place, i);
        if (!calls[i].is_object() || !calls[i].contains("function") || !calls[i].at("function").is_object()) {
            refuse(here, "must be an object with \"function\"");
        }
        const common_json & function = calls[i].at("function");
        if (text_member(function, "name", here + ".function", "").empty()) {
            refuse(here + ".function.name", "must not be empty");
        }
        // llama.cpp parses arguments that come as a string where the template wants an object.
        if (const std::string arguments = text_member(function, "arguments", here + ".function", ""); arguments.empty()) {
            refuse(here + ".function.arguments", "must be JSON in a string");
        } else {
            check_nesting(arguments, (here + ".function.arguments").c_str());
        }
    }
}

void check_message(const common_json & message, const std::string & place) {
    if (!message.is_object()) {
        refuse(place, "must be an object");
    }
    check_role(text_member(message, "role", place, ""), place + ".role");
    for (const char * key : {"reasoning_content", "name", "tool_call_id"}) {
        text_member(message, key, place, "");
    }
    if (message.contains("content")) {
        const common_json & parts = message.at("content");
        if (parts.is_array()) {
            for (size_t i = 0; i < parts.size(); i++) {
                check_text_part(parts[i], at(place + ".content", i));
            }
        } else if (!parts.is_string() && !parts.is_null()) {
            refuse(place + ".content", "must be a string or an array");
        } else if (parts.is_string() && message.value("role", "") == "tool") {
            // llama.cpp's format for Gemma 4 parses what a tool said
            const std::string said = parts.get<std::string>();
            if (!said.empty() && (said[0] == '{' || said[0] == '[')) {
                check_nesting(said, (place + ".content").c_str());
            }
        }
    }
    if (message.contains("tool_calls")) {
        check_tool_calls(message.at("tool_calls"), place + ".tool_calls");
    }
}

// The keys of tools and schemas.
void check_names(const common_json & json, const std::string & place) {
    if (json.is_array()) {
        for (const auto & item : json) {
            check_names(item, place);
        }
    } else if (json.is_object()) {
        for (const auto & [key, item] : json.items()) {
            if (key.size() > LONGEST_NAME) {
                refuse(place, "a name has " + std::to_string(key.size()) + " bytes, at most " + std::to_string(LONGEST_NAME) + " are taken");
            }
            if ((key == "name" || key == "$ref") && item.is_string() && item.get<std::string>().size() > LONGEST_NAME) {
                refuse(place + "." + key, "has more than " + std::to_string(LONGEST_NAME) + " bytes");
            }
            check_names(item, place);
        }
    }
}

std::vector<content> contents_of(const std::vector<common_chat_msg> & messages) {
    std::vector<content> contents;
    for (size_t i = 0; i < messages.size(); i++) {
        const auto index = static_cast<int32_t>(i);
        if (!messages[i].content.empty()) {
            contents.push_back({index, 0, messages[i].content});
        }
        for (size_t j = 0; j < messages[i].content_parts.size(); j++) {
            if (!messages[i].content_parts[j].text.empty()) {
                contents.push_back({index, static_cast<int32_t>(j), messages[i].content_parts[j].text});
            }
        }
    }
    return contents;
}

common_chat_continuation read_continuation(const common_json & request) {
    if (!request.contains("continue_final_message") || request.at("continue_final_message").is_null()) {
        return COMMON_CHAT_CONTINUATION_NONE;
    }
    const common_json & json = request.at("continue_final_message");
    const common_chat_continuation continuation = common_chat_continuation_parse(json);
    if (continuation == COMMON_CHAT_CONTINUATION_NONE && !(json.is_boolean() && !json.get<bool>())) {
        refuse("continue_final_message", "must be true, false, \"content\" or \"reasoning_content\"");
    }
    return continuation;
}

void read_tools(const common_json & request, common_chat_templates_inputs & inputs) {
    if (request.contains("tools") && !request.at("tools").is_null()) {
        check_names(request.at("tools"), "tools");
        inputs.tools = common_chat_tools_parse_oaicompat(request.at("tools"));
    }
    const std::string choice = text_member(request, "tool_choice", "request", "auto");
    if (choice != "auto" && choice != "required" && choice != "none") {
        refuse("tool_choice", "must be \"auto\", \"required\" or \"none\"");
    }
    inputs.tool_choice = common_chat_tool_choice_parse_oaicompat(choice);
    inputs.parallel_tool_calls = flag_member(request, "parallel_tool_calls", false);
}

}  // namespace

void llamaspan::check_nesting(std::string_view json, const char * what) {
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.size(); i++) {
        const char c = json[i];
        if (quoted) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > LLAMASPAN_CHAT_MAX_NESTING) {
                throw limit_reached(std::string(what) + ": nested deeper than " + std::to_string(LLAMASPAN_CHAT_MAX_NESTING) + " levels");
            }
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
}

common_reasoning_format llamaspan::read_reasoning_format(const std::string & name) {
    for (const common_reasoning_format format : {COMMON_REASONING_FORMAT_NONE, COMMON_REASONING_FORMAT_AUTO,
            COMMON_REASONING_FORMAT_DEEPSEEK, COMMON_REASONING_FORMAT_DEEPSEEK_LEGACY}) {
        if (name == common_reasoning_format_name(format)) {
            return format;
        }
    }
    refuse("reasoning_format", "must be \"none\", \"auto\", \"deepseek\" or \"deepseek-legacy\"");
}

chat_request llamaspan::read_request(std::string_view json) {
    if (json.size() > LLAMASPAN_CHAT_MAX_REQUEST_BYTES) {
        throw limit_reached("request: " + std::to_string(json.size()) + " bytes, at most "
            + std::to_string(LLAMASPAN_CHAT_MAX_REQUEST_BYTES) + " are taken");
    }
    check_nesting(json, "request");
    const common_json request = common_json::parse(std::string(json));
    if (!request.is_object() || !request.contains("messages") || !request.at("messages").is_array()) {
        refuse("request", "must be an object with an array \"messages\"");
    }
    chat_request result;
    common_chat_templates_inputs & inputs = result.inputs;
    const common_json & messages = request.at("messages");
    for (size_t i = 0; i < messages.size(); i++) {
        check_message(messages[i], at("messages", i));
    }
    inputs.messages = common_chat_msgs_parse_oaicompat(messages);
    result.contents = contents_of(inputs.messages);
    read_tools(request, inputs);
    inputs.add_generation_prompt = flag_member(request, "add_generation_prompt", true);
    inputs.continue_final_message = read_continuation(request);
    inputs.enable_thinking = flag_member(request, "enable_thinking", true);
    inputs.reasoning_format = read_reasoning_format(text_member(request, "reasoning_format", "request", "none"));
    inputs.grammar = text_member(request, "grammar", "request", "");
    if (request.contains("json_schema") && !request.at("json_schema").is_null()) {
        check_names(request.at("json_schema"), "json_schema");
        inputs.json_schema = request.at("json_schema").dump();
    }
    if (request.contains("template_arguments") && !request.at("template_arguments").is_null()) {
        const common_json & arguments = request.at("template_arguments");
        if (!arguments.is_object()) {
            refuse("template_arguments", "must be an object");
        }
        for (const auto & [name, item] : arguments.items()) {
            for (const char * taken : {"messages", "tools", "bos_token", "eos_token", "add_generation_prompt"}) {
                if (name == taken) {
                    refuse("template_arguments." + name, "is set from the rest of the request");
                }
            }
            inputs.chat_template_kwargs[name] = item.dump();
            result.arguments.insert(name);
        }
    }
    return result;
}
