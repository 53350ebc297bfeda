// What is behind the handles of llamaspan.h's chat templates.
#pragma once

#include "guards/guard.h"

#include "chat.h"

#include <string>
#include <vector>

struct llamaspan_chat_template {
    common_chat_templates_ptr templates{nullptr};
    std::string source;
};

struct llamaspan_chat_prompt {
    common_chat_params params;
    std::vector<llamaspan_chat_part> parts;
    std::string details;
    bool continued = false;
};

struct llamaspan_chat_parser {
    common_chat_parser_params params;
};
