#include "guard.h"

#include <cstdlib>
#include <cstring>

namespace {

thread_local char last_error[4096] = "";

}  // namespace

namespace llamaspan {

enum llamaspan_status fail(enum llamaspan_status status, const char * message) noexcept {
    size_t size = std::strlen(message);
    if (size >= sizeof(last_error)) {
        size = sizeof(last_error) - 1;
        while (size > 0 && (static_cast<unsigned char>(message[size]) & 0xC0) == 0x80) {
            size--;
        }
    }
    std::memmove(last_error, message, size);
    last_error[size] = '\0';
    return status;
}

}  // namespace llamaspan

const char * llamaspan_last_error(void) {
    return last_error;
}

const char * llamaspan_tree(void) {
    return LLAMASPAN_LLAMA_TREE;
}

void llamaspan_free(void * memory) {
    std::free(memory);
}
