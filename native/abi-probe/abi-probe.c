/*
 * abi-probe: prints, as one JSON object, what the C compiler makes of the declarations that the bindings have: the size of each
 * struct, the offset and size of each field, the size of each enum, each enum value and constant. declarations.inc is written from
 * the bindings; a test compares the output with them.
 */
#include "llama.h"
#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml-opt.h"
#include "ggml-rpc.h"
#include "gguf.h"
#include "llamaspan.h"

#include <stddef.h>
#include <stdio.h>

#define STRUCT(type)       printf(",\n\"%s\": {\"size\": %zu}", #type, sizeof(type));
#define FIELD(type, field) printf(",\n\"%s.%s\": {\"offset\": %zu, \"size\": %zu}", #type, #field, offsetof(type, field), sizeof(((type *) 0)->field));
#define ENUM(type)         printf(",\n\"%s\": {\"size\": %zu}", #type, sizeof(type));
#define INTEGER(name)      printf(",\n\"%s\": {\"value\": %lld}", #name, (long long) (name));
#define TEXT(name)         printf(",\n\"%s\": {\"text\": \"%s\"}", #name, name);

int main(void) {
    printf("{\"void *\": {\"size\": %zu}", sizeof(void *));
#include "declarations.inc"
    printf("\n}\n");
    return 0;
}
