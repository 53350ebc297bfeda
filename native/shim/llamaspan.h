/*
 * llamaspan: a small C interface over what llama.cpp's own C interface leaves out or leaves unguarded.
 *
 *  - guards: entries of llama.h that can throw C++ exceptions, run out of stack or abort on an argument, as functions that
 *    return a status and never let an exception out;
 *  - chat templates: llama.cpp's Jinja engine (common/chat.h), with the origin of every byte of the rendered prompt;
 *  - memory in use by device (src/llama-ext.h).
 *
 * Every function that returns enum llamaspan_status writes its results only when it returns LLAMASPAN_STATUS_OK, unless its comment
 * says otherwise; on any other status llamaspan_last_error() says what was wrong. Text is UTF-8 and comes with its size in bytes;
 * paths, grammars and names end with a zero byte. Pointers must not be null unless said. Handles are not locked: one thread at a time
 * uses a context or a sampler; models, templates, prompts and parsers may be read by many threads at once.
 */
#ifndef LLAMASPAN_H
#define LLAMASPAN_H

#include "llama.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(LLAMASPAN_BUILD) && defined(_WIN32)
#    define LLAMASPAN_API __declspec(dllexport)
#elif defined(LLAMASPAN_BUILD)
#    define LLAMASPAN_API __attribute__((visibility("default")))
#else
#    define LLAMASPAN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum llamaspan_status {
    LLAMASPAN_STATUS_OK               = 0,
    LLAMASPAN_STATUS_INVALID_ARGUMENT = 1, /* outside of what the function takes; the message names the argument and the limit */
    LLAMASPAN_STATUS_REFUSED          = 2, /* llama.cpp gave its failure value (null, false, 0); its log says why */
    LLAMASPAN_STATUS_BUFFER_TOO_SMALL = 3, /* the count that is needed was written */
    LLAMASPAN_STATUS_LIMIT            = 4, /* a bound of this library was reached; the message names it */
    LLAMASPAN_STATUS_OUT_OF_MEMORY    = 5,
    LLAMASPAN_STATUS_EXCEPTION        = 6, /* llama.cpp threw; the message is its own */
};

/* Why the last function of this library that did not return LLAMASPAN_STATUS_OK failed on this thread; "" before the first failure.
   The text is valid until the next call of this library on the same thread. Never null. */
LLAMASPAN_API const char * llamaspan_last_error(void);

/* Tree hash of the llama.cpp sources that this library was built from, as in native/llama.lock. */
LLAMASPAN_API const char * llamaspan_tree(void);

/* Frees what a function of this library said is freed with it; null is allowed. */
LLAMASPAN_API void llamaspan_free(void * memory);

/* llama_log_set, with a step of this library in between that llamaspan_model_quantize needs to be stopped. */
LLAMASPAN_API void llamaspan_log_set(ggml_log_callback callback, void * user_data);

/* ---- models ------------------------------------------------------------------------------------------------------------------ */

/* Loads a model: llama_model_load_from_file for one path, llama_model_load_from_splits for more. A progress callback that returned
   false gives LLAMASPAN_STATUS_REFUSED. The file's content must have been validated: llama.cpp asserts on hyperparameters and token
   ids. Free with llama_model_free. */
LLAMASPAN_API enum llamaspan_status llamaspan_model_load(
        const char * const * paths, size_t n_paths, const struct llama_model_params * params, struct llama_model ** model);

/* Quantizes a file. imatrix, kv_overrides, tt_overrides and prune_layers end as llama.h says. stop may be null; once *stop is not 0, set
   by any thread, quantizing ends before the next tensor with LLAMASPAN_STATUS_REFUSED, if the log goes through llamaspan_log_set. */
LLAMASPAN_API enum llamaspan_status llamaspan_model_quantize(
        const char * input, const char * output, const struct llama_model_quantize_params * params, const int32_t * stop);

/* Loads a LoRA adapter on a model. Free with llama_adapter_lora_free, before the model. */
LLAMASPAN_API enum llamaspan_status llamaspan_adapter_lora_init(
        struct llama_model * model, const char * path, struct llama_adapter_lora ** adapter);

/* ---- contexts ---------------------------------------------------------------------------------------------------------------- */

/* Makes a context. n_batch, n_ubatch and n_seq_max must be at least 1, n_seq_max at most llama_max_parallel_sequences(), and the types
   of the cache must be ones that llama.cpp has a conversion for (F32, F16, BF16, Q8_0, Q4_0, Q4_1, IQ4_NL, Q5_0, Q5_1): checked here.
   Free with llama_free, before the model. */
LLAMASPAN_API enum llamaspan_status llamaspan_context_init(
        struct llama_model * model, const struct llama_context_params * params, struct llama_context ** context);

LLAMASPAN_API enum llamaspan_status llamaspan_set_adapters_lora(
        struct llama_context * context, struct llama_adapter_lora ** adapters, size_t n_adapters, float * scales);

/* data null clears the control vector; else it holds n_values floats, n_embd of them for each layer from layer 1 on. */
LLAMASPAN_API enum llamaspan_status llamaspan_set_adapter_cvec(
        struct llama_context * context, const float * data, size_t n_values, int32_t n_embd, int32_t first_layer, int32_t last_layer);

/* llama_decode and llama_encode; *result is what they returned (0, 1, 2, -1, below -1). Checked here because llama.cpp asserts on it:
   1 <= n_tokens <= n_batch (n_ubatch for llama_encode and for attention that is not causal: the caller knows the latter and checks
   it), and token or embd given. The caller checks: n_seq_id >= 1 for each token, positions >= 0. */
LLAMASPAN_API enum llamaspan_status llamaspan_decode(struct llama_context * context, struct llama_batch batch, int32_t * result);
LLAMASPAN_API enum llamaspan_status llamaspan_encode(struct llama_context * context, struct llama_batch batch, int32_t * result);

/* llama_memory_seq_*. Sequence ids are checked against LLAMA_MAX_SEQ here; that they are below the context's n_seq_max, that a copy
   between sequences of different streams is of whole sequences, that a shift is one that the cache can do (llama_memory_can_shift) and
   that no position becomes negative: the caller checks, llama.cpp asserts. removed is llama_memory_seq_rm's answer. */
LLAMASPAN_API enum llamaspan_status llamaspan_memory_clear(struct llama_context * context, bool data);
LLAMASPAN_API enum llamaspan_status llamaspan_memory_seq_rm(
        struct llama_context * context, llama_seq_id sequence, llama_pos start, llama_pos end, bool * removed);
LLAMASPAN_API enum llamaspan_status llamaspan_memory_seq_cp(
        struct llama_context * context, llama_seq_id source, llama_seq_id target, llama_pos start, llama_pos end);
LLAMASPAN_API enum llamaspan_status llamaspan_memory_seq_keep(struct llama_context * context, llama_seq_id sequence);
LLAMASPAN_API enum llamaspan_status llamaspan_memory_seq_add(
        struct llama_context * context, llama_seq_id sequence, llama_pos start, llama_pos end, llama_pos delta);

/* What a context, its model and its compute buffers occupy on one device. */
struct llamaspan_memory_usage {
    const char * device;  /* name of the device, for host memory of the buffer type; valid while the context lives */
    size_t       model;   /* bytes */
    size_t       context;
    size_t       compute;
    size_t       total;   /* of the device; 0 for host memory */
    size_t       free;
};

/* One entry for each buffer type in use. *count gets the number of entries also on LLAMASPAN_STATUS_BUFFER_TOO_SMALL. */
LLAMASPAN_API enum llamaspan_status llamaspan_memory_breakdown(
        const struct llama_context * context, struct llamaspan_memory_usage * usages, size_t capacity, size_t * count);

/* ---- state ------------------------------------------------------------------------------------------------------------------- */

/* llama_state_*: sequence -1 stands for the whole context (flags must then be 0); flags are LLAMA_STATE_SEQ_FLAGS_NONE or
   LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY. *written and *read are bytes; 0 from llama.cpp is LLAMASPAN_STATUS_REFUSED. A blob must come from
   llamaspan_state_get_data: its content is not validated. */
LLAMASPAN_API enum llamaspan_status llamaspan_state_get_size(
        struct llama_context * context, llama_seq_id sequence, llama_state_seq_flags flags, size_t * size);
LLAMASPAN_API enum llamaspan_status llamaspan_state_get_data(
        struct llama_context * context, llama_seq_id sequence, llama_state_seq_flags flags, uint8_t * data, size_t size, size_t * written);
LLAMASPAN_API enum llamaspan_status llamaspan_state_set_data(
        struct llama_context * context, llama_seq_id sequence, llama_state_seq_flags flags, const uint8_t * data, size_t size, size_t * read);

/* ---- text -------------------------------------------------------------------------------------------------------------------- */

/* llama_tokenize, for text of any length up to 1 GiB: where the vocabulary's pre-tokenizer is a recursive std::regex, long runs are
   matched on a thread with a stack of the size they need, and runs beyond it give LLAMASPAN_STATUS_LIMIT. The model must have a
   vocabulary (LLAMASPAN_STATUS_INVALID_ARGUMENT). *count gets the number of tokens also on LLAMASPAN_STATUS_BUFFER_TOO_SMALL. */
LLAMASPAN_API enum llamaspan_status llamaspan_tokenize(
        const struct llama_model * model, const char * text, size_t size, bool add_special, bool parse_special,
        llama_token * tokens, size_t capacity, size_t * count);

/* The bytes of a token. *count gets their number also on LLAMASPAN_STATUS_BUFFER_TOO_SMALL. */
LLAMASPAN_API enum llamaspan_status llamaspan_token_to_piece(
        const struct llama_model * model, llama_token token, bool special, char * bytes, size_t capacity, size_t * count);

/* The text of tokens. *count gets the number of bytes also on LLAMASPAN_STATUS_BUFFER_TOO_SMALL. */
LLAMASPAN_API enum llamaspan_status llamaspan_detokenize(
        const struct llama_model * model, const llama_token * tokens, size_t n_tokens, bool remove_special, bool unparse_special,
        char * text, size_t capacity, size_t * count);

/* ---- samplers ---------------------------------------------------------------------------------------------------------------- */

/* A grammar in GBNF. Free with llama_sampler_free, or add it to a chain. */
LLAMASPAN_API enum llamaspan_status llamaspan_sampler_init_grammar(
        const struct llama_model * model, const char * grammar, const char * root, struct llama_sampler ** sampler);

/* A grammar that begins with the first match of a pattern (ECMAScript regular expression, matched from the start of the answer; the
   grammar is fed from its first group that matched, or from its start) or with the first of the tokens. */
LLAMASPAN_API enum llamaspan_status llamaspan_sampler_init_grammar_lazy(
        const struct llama_model * model, const char * grammar, const char * root,
        const char * const * patterns, size_t n_patterns, const llama_token * tokens, size_t n_tokens,
        struct llama_sampler ** sampler);

LLAMASPAN_API enum llamaspan_status llamaspan_sampler_init_infill(const struct llama_model * model, struct llama_sampler ** sampler);

LLAMASPAN_API enum llamaspan_status llamaspan_sampler_init_dry(
        const struct llama_model * model, float multiplier, float base, int32_t allowed_length, int32_t last_n,
        const char * const * breakers, size_t n_breakers, struct llama_sampler ** sampler);

LLAMASPAN_API enum llamaspan_status llamaspan_sampler_clone(const struct llama_sampler * sampler, struct llama_sampler ** clone);
LLAMASPAN_API enum llamaspan_status llamaspan_sampler_reset(struct llama_sampler * sampler);

/* Tells a sampler (or the members of a chain) of a token. A token that a grammar does not allow gives
   LLAMASPAN_STATUS_INVALID_ARGUMENT and changes nothing (llama.cpp aborts or throws). */
LLAMASPAN_API enum llamaspan_status llamaspan_sampler_accept(
        const struct llama_model * model, struct llama_sampler * sampler, llama_token token);

/* candidates must hold at least one entry, and only ids of the vocabulary. */
LLAMASPAN_API enum llamaspan_status llamaspan_sampler_apply(struct llama_sampler * sampler, llama_token_data_array * candidates);

/* ---- chat templates ---------------------------------------------------------------------------------------------------------- */

struct llamaspan_chat_template;
struct llamaspan_chat_prompt;
struct llamaspan_chat_parser;

/* Bounds: beyond them LLAMASPAN_STATUS_LIMIT. A template is a program; what it may use of time, stack and memory is bounded as well. */
#define LLAMASPAN_CHAT_MAX_TEMPLATE_BYTES 1048576
#define LLAMASPAN_CHAT_MAX_REQUEST_BYTES  67108864  /* an answer's too */
#define LLAMASPAN_CHAT_MAX_NESTING        128       /* arrays and objects of a request in one another */
#define LLAMASPAN_CHAT_MAX_SECONDS        5         /* and one more for each MiB of a request */

/* Parses a Jinja template. source null: the model's own (LLAMASPAN_STATUS_INVALID_ARGUMENT where it has none). With a model, BOS and EOS
   are its own and bos and eos (null for "") are ignored; where its tokenizer adds BOS or EOS, a prompt does not spell that token at its start or end.
   The model is only read during the call. Free with llamaspan_chat_template_free. */
LLAMASPAN_API enum llamaspan_status llamaspan_chat_template_init(
        const struct llama_model * model, const char * source, size_t source_size, const char * bos, const char * eos,
        struct llamaspan_chat_template ** chat_template);
LLAMASPAN_API void llamaspan_chat_template_free(struct llamaspan_chat_template * chat_template);

/* The text of the template as it is used. */
LLAMASPAN_API const char * llamaspan_chat_template_source(const struct llamaspan_chat_template * chat_template, size_t * size);

/* Renders a prompt (common_chat_templates_apply). request is a JSON object:
     "messages"               array in the OpenAI format; content is a string or an array of {"type": "text", "text": string};
                              role is of letters, digits, '_' and '-'
     "tools"                  array in the OpenAI format (default none)
     "tool_choice"            "auto" (default), "required", "none"
     "parallel_tool_calls"    boolean (default false)
     "add_generation_prompt"  boolean (default true)
     "continue_final_message" boolean, "content" or "reasoning_content" (default false)
     "enable_thinking"        boolean (default true)
     "reasoning_format"       "none" (default), "auto", "deepseek", "deepseek-legacy"
     "json_schema"            object: the answer's schema (default none)
     "grammar"                string: GBNF for the answer (default none)
     "template_arguments"     object: further variables of the template (default none), but not messages, tools, bos_token, eos_token
                              and add_generation_prompt
   Free with llamaspan_chat_prompt_free. */
LLAMASPAN_API enum llamaspan_status llamaspan_chat_apply(
        const struct llamaspan_chat_template * chat_template, const char * request, size_t request_size,
        struct llamaspan_chat_prompt ** prompt);
LLAMASPAN_API void llamaspan_chat_prompt_free(struct llamaspan_chat_prompt * prompt);

enum llamaspan_chat_part_kind {
    LLAMASPAN_CHAT_PART_TEMPLATE = 0, /* the template's own text: may hold special tokens */
    LLAMASPAN_CHAT_PART_INPUT    = 1, /* what messages, tools and template arguments brought: plain text */
};

/* A stretch of the prompt of one origin. The parts of a prompt follow one another and cover it. Where text was made of several, some of
   which are input, all of it is. */
struct llamaspan_chat_part {
    size_t                        start;   /* bytes from the start of the prompt */
    size_t                        size;    /* bytes */
    enum llamaspan_chat_part_kind kind;
    int32_t                       message; /* index in "messages" whose content it is, -1 for anything else */
    int32_t                       content; /* index in the message's array of contents, 0 for a string, -1 for anything else */
};

/* The rendered text and its parts; valid until the prompt is freed. */
LLAMASPAN_API const char * llamaspan_chat_prompt_text(const struct llamaspan_chat_prompt * prompt, size_t * size);
LLAMASPAN_API const struct llamaspan_chat_part * llamaspan_chat_prompt_parts(const struct llamaspan_chat_prompt * prompt, size_t * count);

/* What else common_chat_templates_apply returned, a JSON object; valid until the prompt is freed:
     "format"               string, name of the answer's format
     "grammar"              string, GBNF, "" for none; "grammar_lazy" boolean
     "grammar_triggers"     array of {"type": "token" | "word" | "pattern" | "pattern_full", "value": string, "token": integer}
     "preserved_tokens"     array of strings: special tokens that the answer needs to keep
     "additional_stops"     array of strings
     "generation_prompt"    string: what the prompt ends with because of add_generation_prompt
     "supports_thinking"    boolean; "thinking_start_tag" string; "thinking_end_tags" array of strings */
LLAMASPAN_API const char * llamaspan_chat_prompt_details(const struct llamaspan_chat_prompt * prompt, size_t * size);

/* Makes the parser for answers to a prompt, which may be freed before it. reasoning_format as in a request: the one that the prompt was
   made with. Free with llamaspan_chat_parser_free. */
LLAMASPAN_API enum llamaspan_status llamaspan_chat_parser_init(
        const struct llamaspan_chat_prompt * prompt, const char * reasoning_format, bool parse_tool_calls,
        struct llamaspan_chat_parser ** parser);
LLAMASPAN_API void llamaspan_chat_parser_free(struct llamaspan_chat_parser * parser);

/* Parses an answer, or with partial the part of it that there is so far, to a message in the OpenAI format: a JSON object with "role",
   "content", and where present "reasoning_content" and "tool_calls". Free *message with llamaspan_free. */
LLAMASPAN_API enum llamaspan_status llamaspan_chat_parse(
        const struct llamaspan_chat_parser * parser, const char * answer, size_t answer_size, bool partial,
        char ** message, size_t * message_size);

#ifdef __cplusplus
}
#endif

#endif
