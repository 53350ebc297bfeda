#include "provenance.h"

#include "budget.h"

#include "jinja/runtime.h"
#include "json.h"

#include <algorithm>

using namespace llamaspan;

namespace {

thread_local rendering * current_rendering = nullptr;

using jinja::mk_val;

// --- strings of the engine

// Where all input parts of a text come from: TEMPLATE without any, INPUT where several places.
int32_t origin_of(const jinja::string & text) {
    int32_t origin = hooks::TEMPLATE;
    for (const auto & part : text.parts) {
        if (part.is_input != hooks::TEMPLATE && !part.val.empty()) {
            origin = origin == hooks::TEMPLATE || origin == part.is_input ? part.is_input : hooks::INPUT;
        }
    }
    return origin;
}

int32_t common(int32_t a, int32_t b) {
    return a == hooks::TEMPLATE || a == b ? b : b == hooks::TEMPLATE ? a : hooks::INPUT;
}

int32_t origin_of(const hooks::value & value);

int32_t origin_within(const jinja::value_t & container) {
    int32_t origin = hooks::TEMPLATE;
    for (const auto & item : container.val_arr) {
        origin = common(origin, origin_of(item));
    }
    for (const auto & member : container.val_obj) {
        origin = common(origin, common(origin_of(member.first), origin_of(member.second)));
    }
    return origin;
}

int32_t origin_of(const hooks::value & value) {
    hooks::step();
    if (const auto * named = jinja::cast_val<jinja::value_kwarg>(value)) {
        return origin_of(named->val);
    }
    return common(origin_of(value->val_str), origin_within(*value));
}

void mark(jinja::string & text, int32_t origin) {
    if (origin != hooks::TEMPLATE) {
        for (auto & part : text.parts) {
            part.is_input = origin;
        }
    }
}

// Functions that hand on values, or parts of strings, as they are.
bool keeps_origins(const std::string & function) {
    static const std::set<std::string> names = {
        "append", "capitalize", "default", "dictsort", "first", "format", "get", "items", "keys", "last", "list", "lower", "lstrip", "map",
        "max", "min", "namespace", "pop", "range", "reject", "rejectattr", "reverse", "rstrip", "safe", "select", "selectattr", "sort",
        "strip", "title", "upper", "values",
    };
    return names.count(function) != 0;
}

// --- JSON to values of the engine

hooks::value text_value(const std::string & text, int32_t origin) {
    return mk_val<jinja::value_string>(jinja::string(text, origin));
}

hooks::value to_value(const common_json & json, int32_t origin) {
    hooks::step();
    if (json.is_null()) {
        return mk_val<jinja::value_none>();
    }
    if (json.is_boolean()) {
        return mk_val<jinja::value_bool>(json.get<bool>());
    }
    if (json.is_number_integer()) {
        return mk_val<jinja::value_int>(json.get<int64_t>());
    }
    if (json.is_number_float()) {
        return mk_val<jinja::value_float>(json.get<double>());
    }
    if (json.is_string()) {
        return text_value(json.get<std::string>(), origin);
    }
    if (json.is_array()) {
        auto array = mk_val<jinja::value_array>();
        for (const auto & item : json) {
            array->push_back(to_value(item, origin));
        }
        return array;
    }
    auto object = mk_val<jinja::value_object>();
    for (const auto & [key, item] : json.items()) {
        object->insert(text_value(key, origin), to_value(item, origin));
    }
    return object;
}

// Finds the contents of a request again in messages that llama.cpp has rearranged: it merges a system message into the next one and
// the contents of a message into one, with a line break between, it trims, and it leaves messages out.
class message_reader {
public:
    explicit message_reader(const std::vector<content> & contents) : contents(contents) {}

    hooks::value read(const common_json & messages) {
        if (!messages.is_array()) {
            return to_value(messages, hooks::INPUT);
        }
        auto array = mk_val<jinja::value_array>();
        for (const auto & message : messages) {
            array->push_back(message.is_object() ? read_message(message) : to_value(message, hooks::INPUT));
        }
        return array;
    }

private:
    static constexpr size_t FARTHEST = 8;   // contents that may have been left out between two messages

    const std::vector<content> & contents;
    size_t next = 0;

    hooks::value read_message(const common_json & message) {
        auto object = mk_val<jinja::value_object>();
        for (const auto & [key, item] : message.items()) {
            object->insert(key,
                key == "role" && item.is_string() ? text_value(item.get<std::string>(), hooks::TEMPLATE) :
                key == "content" ? read_content(item) : to_value(item, hooks::INPUT));
        }
        return object;
    }

    hooks::value read_content(const common_json & json) {
        if (json.is_string()) {
            return mk_val<jinja::value_string>(find(json.get<std::string>()));
        }
        if (!json.is_array()) {
            return to_value(json, hooks::INPUT);
        }
        auto array = mk_val<jinja::value_array>();
        for (const auto & part : json) {
            if (!part.is_object()) {
                array->push_back(to_value(part, hooks::INPUT));
                continue;
            }
            auto object = mk_val<jinja::value_object>();
            for (const auto & [key, item] : part.items()) {
                object->insert(key, key == "text" && item.is_string()
                    ? hooks::value(mk_val<jinja::value_string>(find(item.get<std::string>()))) : to_value(item, hooks::INPUT));
            }
            array->push_back(object);
        }
        return array;
    }

    jinja::string find(const std::string & text) {
        if (!text.empty()) {
            for (size_t first = next; first < contents.size() && first <= next + FARTHEST; first++) {
                jinja::string found = spelled_from(first, text);
                if (!found.parts.empty()) {
                    return found;
                }
            }
        }
        return jinja::string(text, hooks::INPUT);
    }

    // The text as content `first` and those after it with line breaks between, or empty.
    jinja::string spelled_from(size_t first, const std::string & text) {
        jinja::string result;
        size_t at = 0;
        for (size_t i = first; i < contents.size(); i++) {
            const std::string whole = contents[i].text;
            const std::string piece = text.compare(at, whole.size(), whole) == 0 ? whole : trimmed(whole);
            if (piece.empty() || text.compare(at, piece.size(), piece) != 0) {
                break;
            }
            result.parts.push_back({hooks::CONTENT + static_cast<int32_t>(i), piece});
            at += piece.size();
            if (at == text.size()) {
                next = i + 1;
                return result;
            }
            if (text[at] != '\n') {
                break;
            }
            result.parts.push_back({hooks::INPUT, "\n"});
            at++;
        }
        return {};
    }

    static std::string trimmed(const std::string & text) {
        const char * blank = " \t\n\r\f\v";
        const size_t start = text.find_first_not_of(blank);
        return start == std::string::npos ? "" : text.substr(start, text.find_last_not_of(blank) - start + 1);
    }
};

}  // namespace

namespace llamaspan::hooks {

int32_t origin(const jinja::string & text) {
    return origin_of(text);
}

void inherit(jinja::string & text, const jinja::string & from) {
    mark(text, origin_of(from));
}

handler tracked(const std::string & name, const handler & function) {
    if (keeps_origins(name)) {
        return function;
    }
    return [name, function](const jinja::func_args & args) -> value {
        step();
        value result = function(args);
        const bool text = jinja::is_val<jinja::value_string>(result);
        if (!text && !jinja::is_val<jinja::value_array>(result)) {
            return result;
        }
        if (text && name == "string" && jinja::is_val<jinja::value_string>(args.get_pos(0))) {
            return result;
        }
        int32_t origin = TEMPLATE;
        for (const value & argument : args.get_args()) {
            origin = common(origin, origin_of(argument));
        }
        if (text) {
            mark(result->val_str, origin);
        } else if (name == "split" || name == "rsplit") {
            for (const value & item : result->val_arr) {
                mark(item->val_str, origin);
            }
        }
        return result;
    };
}

jinja::string represented(const jinja::value_t & container, const std::string & text) {
    return jinja::string(text, origin_within(container));
}

void set_globals(jinja::context & context, const common_json & variables) {
    const rendering * request = rendering::current();
    for (const auto & [name, json] : variables.items()) {
        if (request == nullptr) {
            context.set_val(name, to_value(json, TEMPLATE));
        } else if (name == "messages") {
            context.set_val(name, message_reader(request->contents).read(json));
        } else {
            const bool brought = name == "tools" || request->arguments.count(name) != 0;
            context.set_val(name, to_value(json, brought ? INPUT : TEMPLATE));
        }
    }
}

void limit_analysis(size_t size);

void rendered(const jinja::string & text, const std::string & cut, const std::string & result) {
    limit_analysis(result.size());
    rendering * request = rendering::current();
    if (request == nullptr || (budget::current() != nullptr && budget::current()->analyses())) {
        return;
    }
    marked_text whole;
    for (const auto & part : text.parts) {
        whole.append(part.val, part.is_input);
    }
    const size_t start = !cut.empty() && whole.text.compare(0, cut.size(), cut) == 0 ? cut.size() : 0;
    request->texts.emplace_back().append(whole, start, result.size());
}

}  // namespace llamaspan::hooks

// --- marked text

void marked_text::append(const std::string & more, int32_t origin) {
    if (more.empty()) {
        return;
    }
    text += more;
    if (!runs.empty() && runs.back().origin == origin) {
        runs.back().size += more.size();
    } else {
        runs.push_back({more.size(), origin});
    }
}

void marked_text::append(const marked_text & from, size_t start, size_t size) {
    size_t at = 0;
    const size_t end = start + size;
    for (const run & piece : from.runs) {
        const size_t first = std::max(at, start), last = std::min(at + piece.size, end);
        if (first < last) {
            append(from.text.substr(first, last - first), piece.origin);
        }
        at += piece.size;
    }
}

rendering::rendering(const std::vector<content> & contents, const std::set<std::string> & arguments)
    : contents(contents), arguments(arguments) {
    current_rendering = this;
}

rendering::~rendering() {
    current_rendering = nullptr;
}

rendering * rendering::current() {
    return current_rendering;
}

// --- a prompt made of a marked text

namespace {

struct alignment {
    const marked_text * text = nullptr;
    size_t prefix = 0, suffix = 0;      // bytes that text and prompt share

    size_t rest(const std::string & prompt) const {
        return (text->text.size() - prefix - suffix) + (prompt.size() - prefix - suffix);
    }
};

alignment align(const marked_text & text, const std::string & prompt) {
    const size_t shorter = std::min(text.text.size(), prompt.size());
    alignment result;
    result.text = &text;
    while (result.prefix < shorter && text.text[result.prefix] == prompt[result.prefix]) {
        result.prefix++;
    }
    while (result.suffix < shorter - result.prefix
            && text.text[text.text.size() - 1 - result.suffix] == prompt[prompt.size() - 1 - result.suffix]) {
        result.suffix++;
    }
    return result;
}

// The start of an answer: template but for the reasoning and the content that it goes on from.
void append_start(marked_text & result, const std::string & start, const content * reasoning, const content * continued, int32_t origin) {
    size_t at = 0, end = start.size();
    std::string last;
    if (continued != nullptr) {
        last = continued->text;
        if (end < last.size() || start.compare(end - last.size(), last.size(), last) != 0) {
            throw std::runtime_error("the prompt does not end with the message that is to be continued");
        }
        end -= last.size();
    }
    if (reasoning != nullptr && end >= reasoning->text.size()) {       // not every format writes it
        const size_t found = start.rfind(reasoning->text, end - reasoning->text.size());
        if (found != std::string::npos) {
            result.append(start.substr(0, found), hooks::TEMPLATE);
            result.append(reasoning->text, hooks::INPUT);
            at = found + reasoning->text.size();
        }
    }
    result.append(start.substr(at, end - at), hooks::TEMPLATE);
    result.append(last, origin);
}

}  // namespace

marked_text llamaspan::locate(const rendering & rendered, const std::string & prompt, const content * reasoning, const content * continued) {
    const bool continues = reasoning != nullptr || continued != nullptr;
    alignment best;
    for (const marked_text & text : rendered.texts) {
        const alignment candidate = align(text, prompt);
        if (continues && candidate.prefix != text.text.size()) {
            continue;
        }
        if (best.text == nullptr || candidate.rest(prompt) < best.rest(prompt)) {
            best = candidate;
        }
    }
    if (best.text == nullptr) {
        throw std::runtime_error("the prompt does not begin with what the template made");
    }
    const marked_text & text = *best.text;
    marked_text result;
    if (best.prefix == text.text.size()) {
        result.append(text, 0, best.prefix);
        const bool single = continued != nullptr && !rendered.contents.empty() && &rendered.contents.back() == continued;
        append_start(result, prompt.substr(best.prefix), reasoning, continued,
            single ? hooks::CONTENT + static_cast<int32_t>(rendered.contents.size() - 1) : hooks::INPUT);
        return result;
    }
    // A stretch in the middle was exchanged: template only where all of it was.
    marked_text exchanged;
    exchanged.append(text, best.prefix, text.text.size() - best.prefix - best.suffix);
    const bool input = std::any_of(exchanged.runs.begin(), exchanged.runs.end(), [](const run & piece) { return piece.origin != hooks::TEMPLATE; });
    result.append(text, 0, best.prefix);
    result.append(prompt.substr(best.prefix, prompt.size() - best.prefix - best.suffix), input ? hooks::INPUT : hooks::TEMPLATE);
    result.append(text, text.text.size() - best.suffix, best.suffix);
    return result;
}
