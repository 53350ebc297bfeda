// Memory in use by device; llama.cpp has it in C++ only.
#include "guard.h"

#include "llama-ext.h"

using namespace llamaspan;

enum llamaspan_status llamaspan_memory_breakdown(
        const struct llama_context * context, struct llamaspan_memory_usage * usages, size_t capacity, size_t * count) {
    return guarded([&] {
        const llama_memory_breakdown breakdown = llama_get_memory_breakdown(context);
        *count = breakdown.size();
        if (breakdown.size() > capacity) {
            return fail(LLAMASPAN_STATUS_BUFFER_TOO_SMALL, "usages: more buffer types are in use than there is room for");
        }
        for (const auto & [buffer_type, bytes] : breakdown) {
            const ggml_backend_dev_t device = ggml_backend_buft_get_device(buffer_type);
            const bool host = device == nullptr || ggml_backend_buft_is_host(buffer_type);
            *usages = {ggml_backend_buft_name(buffer_type), bytes.model, bytes.context, bytes.compute, 0, 0};
            if (!host) {
                usages->device = ggml_backend_dev_name(device);
                ggml_backend_dev_memory(device, &usages->free, &usages->total);
            }
            usages++;
        }
        return LLAMASPAN_STATUS_OK;
    });
}
