// Guards over saving and restoring the state of a context or of one sequence.
#include "guard.h"

using namespace llamaspan;

namespace {

constexpr llama_seq_id WHOLE_CONTEXT = -1;

void check(llama_seq_id sequence, llama_state_seq_flags flags) {
    if (sequence < WHOLE_CONTEXT || sequence >= MAX_SEQUENCES) {
        throw invalid_argument("sequence: allowed are -1 (the whole context) and 0 to 255");
    }
    const llama_state_seq_flags allowed = sequence == WHOLE_CONTEXT ? LLAMA_STATE_SEQ_FLAGS_NONE : LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY;
    if ((flags & ~allowed) != 0) {
        throw invalid_argument("flags: allowed are 0 and, for one sequence, LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY");
    }
}

// Runs an operation that returns a number of bytes, 0 for failure.
template <typename Operation>
enum llamaspan_status bytes_of(
        llama_seq_id sequence, llama_state_seq_flags flags, size_t * bytes, const char * failure, Operation && operation) noexcept {
    return guarded([&] {
        check(sequence, flags);
        const size_t done = operation();
        if (done == 0) {
            return fail(LLAMASPAN_STATUS_REFUSED, failure);
        }
        *bytes = done;
        return LLAMASPAN_STATUS_OK;
    });
}

}  // namespace

enum llamaspan_status llamaspan_state_get_size(
        struct llama_context * context, llama_seq_id sequence, llama_state_seq_flags flags, size_t * size) {
    return bytes_of(sequence, flags, size, "llama.cpp could not size the state", [&] {
        return sequence == WHOLE_CONTEXT
            ? llama_state_get_size(context)
            : llama_state_seq_get_size_ext(context, sequence, flags);
    });
}

enum llamaspan_status llamaspan_state_get_data(
        struct llama_context * context, llama_seq_id sequence, llama_state_seq_flags flags, uint8_t * data, size_t size, size_t * written) {
    return bytes_of(sequence, flags, written, "llama.cpp could not save the state", [&] {
        return sequence == WHOLE_CONTEXT
            ? llama_state_get_data(context, data, size)
            : llama_state_seq_get_data_ext(context, data, size, sequence, flags);
    });
}

enum llamaspan_status llamaspan_state_set_data(
        struct llama_context * context, llama_seq_id sequence, llama_state_seq_flags flags, const uint8_t * data, size_t size, size_t * read) {
    return bytes_of(sequence, flags, read, "llama.cpp could not restore the state", [&] {
        return sequence == WHOLE_CONTEXT
            ? llama_state_set_data(context, data, size)
            : llama_state_seq_set_data_ext(context, data, size, sequence, flags);
    });
}
