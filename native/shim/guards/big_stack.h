// Work that recurses as deep as its input is long, on a thread with a stack of the size that it needs.
#pragma once

#include <cstddef>
#include <exception>
#include <utility>

namespace llamaspan {

// Runs body(argument) on a new thread with a stack of at least stack_size bytes and waits for it. The stack is reserved, not
// committed: only what is used occupies memory. Throws std::system_error where there is no such thread to be had.
void run_on_new_thread(size_t stack_size, void (*body)(void *), void * argument);

// Runs a function that way; what it throws is thrown here.
template <typename Function>
void on_big_stack(size_t stack_size, Function && function) {
    struct call {
        Function & function;
        std::exception_ptr error;
    } call{function, nullptr};
    run_on_new_thread(stack_size, [](void * argument) {
        auto & self = *static_cast<struct call *>(argument);
        try {
            self.function();
        } catch (...) {
            self.error = std::current_exception();
        }
    }, &call);
    if (call.error) {
        std::rethrow_exception(std::move(call.error));
    }
}

}  // namespace llamaspan
