// Force-included where ggml uses AMX and GCC compiles it.
//
// GCC's _tile_loadconfig (seen in GCC 12) declares a memory operand of 8 bytes for an instruction that reads 64, so the
// optimizer removes the stores that set up the other 56 and ldtilecfg faults or loads a wrong tile shape. This one
// declares all 64.
#ifndef LLAMASPAN_AMX_TILE_CONFIG_H
#define LLAMASPAN_AMX_TILE_CONFIG_H

#if defined(__GNUC__) && !defined(__clang__) && defined(__AMX_TILE__)

#include <immintrin.h>

static inline void llamaspan_tile_loadconfig(const void * config) {
    __asm__ volatile("ldtilecfg\t%X0" : : "m"(*(const char (*)[64]) config));
}

#undef _tile_loadconfig
#define _tile_loadconfig llamaspan_tile_loadconfig

#endif

#endif
