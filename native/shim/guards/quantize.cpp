// Guard over quantization, and the step in the log by which it is stopped: llama.cpp has no other callback there.
#include "guard.h"

#include <string>

using namespace llamaspan;

namespace {

struct stopped : std::runtime_error {
    using std::runtime_error::runtime_error;
};

ggml_log_callback log_callback = nullptr;       // set before any other native call
thread_local const volatile int32_t * stop_flag = nullptr;

// "[   1/  20] name ...": what llama.cpp writes before each tensor, when no other thread of its own is at work.
bool is_tensor_line(const char * text) {
    return text[0] == '[';
}

void log_line(enum ggml_log_level level, const char * text, void * user_data) {
    log_callback(level, text, user_data);
    if (stop_flag != nullptr && *stop_flag != 0 && is_tensor_line(text)) {
        throw stopped("stopped");
    }
}

struct stop_scope {
    explicit stop_scope(const int32_t * stop) { stop_flag = stop; }
    ~stop_scope() { stop_flag = nullptr; }
};

}  // namespace

void llamaspan_log_set(ggml_log_callback callback, void * user_data) {
    log_callback = callback;
    llama_log_set(callback != nullptr ? log_line : nullptr, user_data);
}

enum llamaspan_status llamaspan_model_quantize(
        const char * input, const char * output, const struct llama_model_quantize_params * params, const int32_t * stop) {
    return guarded([&] {
        const stop_scope scope(stop);
        return llama_model_quantize(input, output, params) == 0
            ? LLAMASPAN_STATUS_OK
            : fail(LLAMASPAN_STATUS_REFUSED, (std::string("llama.cpp refused to quantize ") + input).c_str());
    });
}
