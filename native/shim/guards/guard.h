// How every function of the C interface is written: `return guarded([&] { ...; return LLAMASPAN_STATUS_OK; });`
#pragma once

#include "llamaspan.h"

#include <exception>
#include <new>
#include <stdexcept>

namespace llamaspan {

constexpr int32_t MAX_SEQUENCES = 256;  // LLAMA_MAX_SEQ, which llama.h does not tell

// An argument is outside of what the function takes.
struct invalid_argument : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A bound of this library was reached.
struct limit_reached : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Keeps the message for llamaspan_last_error (cut to what fits, never inside a UTF-8 character) and hands back the status.
enum llamaspan_status fail(enum llamaspan_status status, const char * message) noexcept;

// Runs a function that returns a status; turns whatever it throws into one.
template <typename Function>
enum llamaspan_status guarded(Function && function) noexcept {
    try {
        return function();
    } catch (const invalid_argument & error) {
        return fail(LLAMASPAN_STATUS_INVALID_ARGUMENT, error.what());
    } catch (const limit_reached & error) {
        return fail(LLAMASPAN_STATUS_LIMIT, error.what());
    } catch (const std::bad_alloc &) {
        return fail(LLAMASPAN_STATUS_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception & error) {
        return fail(LLAMASPAN_STATUS_EXCEPTION, error.what());
    } catch (...) {
        return fail(LLAMASPAN_STATUS_EXCEPTION, "an exception that is no std::exception");
    }
}

}  // namespace llamaspan
