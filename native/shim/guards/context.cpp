// Guards over contexts: making them, decoding, adapters, and the KV cache's sequences.
#include "guard.h"

#include <cstdlib>
#include <string>

using namespace llamaspan;

namespace {

void check_range(const char * argument, int64_t value, int64_t least, int64_t most) {
    if (value < least || value > most) {
        throw invalid_argument(std::string(argument) + " is " + std::to_string(value) + ", allowed are "
            + std::to_string(least) + " to " + std::to_string(most));
    }
}

// The size of an attention head, from the model's metadata where it says so.
int32_t head_size(const struct llama_model * model, const char * key) {
    char architecture[64] = "";
    char value[32] = "";
    llama_model_meta_val_str(model, "general.architecture", architecture, sizeof(architecture));
    if (llama_model_meta_val_str(model, (std::string(architecture) + key).c_str(), value, sizeof(value)) > 0) {
        return std::atoi(value);
    }
    const int32_t heads = llama_model_n_head(model);
    return heads > 0 ? llama_model_n_embd(model) / heads : 0;
}

void check_cache_type(const char * argument, enum ggml_type type, int32_t size) {
    switch (type) {
        case GGML_TYPE_F32:
        case GGML_TYPE_F16:
        case GGML_TYPE_BF16:
        case GGML_TYPE_Q8_0:
        case GGML_TYPE_Q4_0:
        case GGML_TYPE_Q4_1:
        case GGML_TYPE_IQ4_NL:
        case GGML_TYPE_Q5_0:
        case GGML_TYPE_Q5_1:
            break;
        default:
            throw invalid_argument(std::string(argument)
                + ": allowed are f32, f16, bf16, q8_0, q4_0, q4_1, iq4_nl, q5_0 and q5_1");
    }
    if (size % ggml_blck_size(type) != 0) {
        throw invalid_argument(std::string(argument) + ": " + ggml_type_name(type) + " needs heads of a multiple of "
            + std::to_string(ggml_blck_size(type)) + ", the model's are of " + std::to_string(size));
    }
}

void check_params(const struct llama_model * model, const struct llama_context_params & params) {
    check_range("n_batch", params.n_batch, 1, INT32_MAX);
    check_range("n_ctx", params.n_ctx, 0, INT32_MAX);
    check_range("n_seq_max", params.n_seq_max, 1, MAX_SEQUENCES);
    check_range("n_threads", params.n_threads, 1, GGML_MAX_N_THREADS);
    check_range("n_threads_batch", params.n_threads_batch, 1, GGML_MAX_N_THREADS);
    check_range("pooling_type", params.pooling_type, LLAMA_POOLING_TYPE_UNSPECIFIED, LLAMA_POOLING_TYPE_RANK);
    check_range("attention_type", params.attention_type, LLAMA_ATTENTION_TYPE_UNSPECIFIED, LLAMA_ATTENTION_TYPE_NON_CAUSAL);
    check_range("flash_attn_type", params.flash_attn_type, LLAMA_FLASH_ATTN_TYPE_AUTO, LLAMA_FLASH_ATTN_TYPE_ENABLED);
    check_range("rope_scaling_type", params.rope_scaling_type,
        LLAMA_ROPE_SCALING_TYPE_UNSPECIFIED, LLAMA_ROPE_SCALING_TYPE_MAX_VALUE);
    check_cache_type("type_k", params.type_k, head_size(model, ".attention.key_length"));
    check_cache_type("type_v", params.type_v, head_size(model, ".attention.value_length"));
}

// What llama.cpp asserts on, or reads without a check.
void check_batch(const struct llama_batch & batch, uint32_t most_tokens) {
    check_range("n_tokens", batch.n_tokens, 1, most_tokens);
    if (batch.token == nullptr && batch.embd == nullptr) {
        throw invalid_argument("batch: neither token nor embd is given");
    }
    for (int32_t i = 0; i < batch.n_tokens; i++) {
        if (batch.pos != nullptr && batch.pos[i] < 0) {
            check_range("pos", batch.pos[i], 0, INT32_MAX);
        }
        if (batch.n_seq_id != nullptr && (batch.n_seq_id[i] < 1 || batch.n_seq_id[i] > MAX_SEQUENCES)) {
            check_range("n_seq_id", batch.n_seq_id[i], 1, MAX_SEQUENCES);
        }
    }
}

// Runs an operation on the memory of a context; one without memory has nothing to change.
template <typename Operation>
enum llamaspan_status on_memory(struct llama_context * context, Operation && operation) noexcept {
    return guarded([&] {
        const llama_memory_t memory = llama_get_memory(context);
        if (memory == nullptr) {
            throw invalid_argument("context: this model keeps no memory of sequences");
        }
        operation(memory);
        return LLAMASPAN_STATUS_OK;
    });
}

void check_sequence(const char * argument, llama_seq_id sequence) {
    check_range(argument, sequence, 0, MAX_SEQUENCES - 1);
}

}  // namespace

enum llamaspan_status llamaspan_context_init(
        struct llama_model * model, const struct llama_context_params * params, struct llama_context ** context) {
    return guarded([&] {
        check_params(model, *params);
        struct llama_context * made = llama_init_from_model(model, *params);
        if (made == nullptr) {
            return fail(LLAMASPAN_STATUS_REFUSED, "llama.cpp refused to make a context");
        }
        *context = made;
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_set_adapters_lora(
        struct llama_context * context, struct llama_adapter_lora ** adapters, size_t n_adapters, float * scales) {
    return guarded([&] {
        if (n_adapters > 0 && (adapters == nullptr || scales == nullptr)) {
            throw invalid_argument("adapters: an adapter and a scale is needed for each");
        }
        return llama_set_adapters_lora(context, adapters, n_adapters, scales) == 0
            ? LLAMASPAN_STATUS_OK
            : fail(LLAMASPAN_STATUS_REFUSED, "llama.cpp refused the adapters");
    });
}

enum llamaspan_status llamaspan_set_adapter_cvec(
        struct llama_context * context, const float * data, size_t n_values, int32_t n_embd, int32_t first_layer, int32_t last_layer) {
    return guarded([&] {
        return llama_set_adapter_cvec(context, data, n_values, n_embd, first_layer, last_layer) == 0
            ? LLAMASPAN_STATUS_OK
            : fail(LLAMASPAN_STATUS_REFUSED, "llama.cpp refused the control vector");
    });
}

enum llamaspan_status llamaspan_decode(struct llama_context * context, struct llama_batch batch, int32_t * result) {
    return guarded([&] {
        check_batch(batch, llama_n_batch(context));
        *result = llama_decode(context, batch);
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_encode(struct llama_context * context, struct llama_batch batch, int32_t * result) {
    return guarded([&] {
        check_batch(batch, llama_n_ubatch(context));
        *result = llama_encode(context, batch);
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_memory_clear(struct llama_context * context, bool data) {
    return on_memory(context, [&](llama_memory_t memory) { llama_memory_clear(memory, data); });
}

enum llamaspan_status llamaspan_memory_seq_rm(
        struct llama_context * context, llama_seq_id sequence, llama_pos start, llama_pos end, bool * removed) {
    return on_memory(context, [&](llama_memory_t memory) {
        check_range("sequence", sequence, -1, MAX_SEQUENCES - 1);
        *removed = llama_memory_seq_rm(memory, sequence, start, end);
    });
}

enum llamaspan_status llamaspan_memory_seq_cp(
        struct llama_context * context, llama_seq_id source, llama_seq_id target, llama_pos start, llama_pos end) {
    return on_memory(context, [&](llama_memory_t memory) {
        check_sequence("source", source);
        check_sequence("target", target);
        llama_memory_seq_cp(memory, source, target, start, end);
    });
}

enum llamaspan_status llamaspan_memory_seq_keep(struct llama_context * context, llama_seq_id sequence) {
    return on_memory(context, [&](llama_memory_t memory) {
        check_sequence("sequence", sequence);
        llama_memory_seq_keep(memory, sequence);
    });
}

enum llamaspan_status llamaspan_memory_seq_add(
        struct llama_context * context, llama_seq_id sequence, llama_pos start, llama_pos end, llama_pos delta) {
    return on_memory(context, [&](llama_memory_t memory) {
        check_sequence("sequence", sequence);
        llama_memory_seq_add(memory, sequence, start, end, delta);
    });
}
