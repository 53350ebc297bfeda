// Guards over loading and adapters.
#include "guard.h"

#include <cstring>
#include <string>
#include <vector>

using namespace llamaspan;

namespace {

// The guard over llama_tokenize knows the pre-tokenizer by its key in the file.
const char * const PRE_TOKENIZER_KEY = "tokenizer.ggml.pre";

void check_overrides(const struct llama_model_kv_override * overrides) {
    for (; overrides != nullptr && overrides->key[0] != '\0'; overrides++) {
        if (std::strncmp(overrides->key, PRE_TOKENIZER_KEY, sizeof(overrides->key)) == 0) {
            throw invalid_argument(std::string("kv_overrides: ") + PRE_TOKENIZER_KEY + " cannot be overridden");
        }
    }
}

}  // namespace

enum llamaspan_status llamaspan_model_load(
        const char * const * paths, size_t n_paths, const struct llama_model_params * params, struct llama_model ** model) {
    return guarded([&] {
        if (n_paths == 0) {
            throw invalid_argument("n_paths: at least one path is needed");
        }
        check_overrides(params->kv_overrides);
        std::vector<const char *> list(paths, paths + n_paths);
        struct llama_model * loaded = n_paths == 1
            ? llama_model_load_from_file(list[0], *params)
            : llama_model_load_from_splits(list.data(), n_paths, *params);
        if (loaded == nullptr) {
            return fail(LLAMASPAN_STATUS_REFUSED, (std::string("llama.cpp refused to load ") + list[0]).c_str());
        }
        *model = loaded;
        return LLAMASPAN_STATUS_OK;
    });
}

enum llamaspan_status llamaspan_adapter_lora_init(
        struct llama_model * model, const char * path, struct llama_adapter_lora ** adapter) {
    return guarded([&] {
        struct llama_adapter_lora * loaded = llama_adapter_lora_init(model, path);
        if (loaded == nullptr) {
            return fail(LLAMASPAN_STATUS_REFUSED, (std::string("llama.cpp refused the adapter ") + path).c_str());
        }
        *adapter = loaded;
        return LLAMASPAN_STATUS_OK;
    });
}
