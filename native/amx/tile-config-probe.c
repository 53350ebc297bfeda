// Shows whether all 64 bytes of a tile configuration reach ldtilecfg, on any x86-64 machine, with AMX or without: here
// the instruction's name is an assembler macro that copies what its operand points to. Compiled as ggml compiles
// ggml-cpu/amx/mmq.cpp, with tile-config.h force-included.
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>

enum { CONFIG_BYTES = 64 };

uint8_t loaded[CONFIG_BYTES];
uint64_t saved[2];

// Neither the stack nor the flags are touched: the compiler knows nothing of the copy.
__asm__(".macro ldtilecfg operand:vararg\n"
        "    movq %rax, saved(%rip)\n"
        "    movq %rcx, saved+8(%rip)\n"
        "    leaq \\operand, %rax\n"
        "    .irp offset, 0, 8, 16, 24, 32, 40, 48, 56\n"
        "    movq \\offset(%rax), %rcx\n"
        "    movq %rcx, loaded+\\offset(%rip)\n"
        "    .endr\n"
        "    movq saved+8(%rip), %rcx\n"
        "    movq saved(%rip), %rax\n"
        ".endm\n");

struct tile_config {
    uint8_t palette_id;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t colsb[16];
    uint8_t rows[16];
};

// The shapes that ggml_tile_config_init loads.
__attribute__((noinline)) static void load_config(void) {
    _Alignas(CONFIG_BYTES) struct tile_config config = { .palette_id = 1 };
    for (int tile = 0; tile < 8; tile++) {
        config.rows[tile] = tile < 2 ? 8 : 16;
        config.colsb[tile] = tile == 2 || tile == 3 ? 32 : 64;
    }
    _tile_loadconfig(&config);
}

static uint8_t expected(int index) {
    if (index >= 16 && index < 32)
        return index % 2 == 1 ? 0 : index == 20 || index == 22 ? 32 : 64;
    if (index >= 48 && index < 56)
        return index < 50 ? 8 : 16;
    return index == 0;
}

int main(void) {
    load_config();
    int lost = 0;
    for (int index = 0; index < CONFIG_BYTES; index++)
        lost += *(volatile uint8_t *) &loaded[index] != expected(index);
    printf("%d of %d bytes differ from the tile configuration\n", lost, CONFIG_BYTES);
    return lost == 0 ? 0 : 1;
}
