// A request: JSON in, what common_chat_templates_apply takes out.
#pragma once

#include "provenance.h"

#include "chat.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace llamaspan {

struct chat_request {
    common_chat_templates_inputs inputs;
    std::vector<content> contents;
    std::set<std::string> arguments;
};

// Throws invalid_argument, naming the place, or limit_reached.
chat_request read_request(std::string_view json);

// Throws invalid_argument for a name that is none.
common_reasoning_format read_reasoning_format(const std::string & name);

// Throws limit_reached where brackets of a JSON text are nested deeper than LLAMASPAN_CHAT_MAX_NESTING.
void check_nesting(std::string_view json, const char * what);

}  // namespace llamaspan
