// Bounds on work that a template, a request or an answer sets in motion.
#pragma once

#include "guards/guard.h"
#include "guards/big_stack.h"
#include "hooks.h"

#include <chrono>
#include <cstddef>
#include <utility>

namespace llamaspan {

// What the current thread may still spend; hooks.h counts it down.
class budget {
public:
    // For work over so many bytes of input.
    explicit budget(size_t input);
    ~budget();
    budget(const budget &) = delete;
    budget & operator=(const budget &) = delete;

    // The thread's, or null outside of run_bounded.
    static budget * current();

    void check();                  // time and stack
    void spend(size_t bytes);
    void nest();
    void enter_analysis() { depth_of_analysis++; }
    void leave_analysis() { depth_of_analysis--; }
    bool analyses() const { return depth_of_analysis > 0; }

    static constexpr size_t STACK = 256u << 20;

private:
    [[noreturn]] void refuse(const std::string & message);

    std::chrono::steady_clock::time_point end;
    std::chrono::milliseconds time;
    size_t bytes, most_bytes;
    size_t nested = 0;
    int depth_of_analysis = 0;
    const char * stack;
    bool spent = false;
    std::string why;
};

// Runs a function on a thread with a large stack, bounded; what it throws is thrown here.
template <typename Function>
void run_bounded(size_t input, Function && function) {
    on_big_stack(budget::STACK, [&] {
        budget bounds(input);
        try {
            function();
        } catch (const hooks::exhausted & bound) {
            throw limit_reached(bound.message);
        }
        bounds.check();     // a handler of llama.cpp's may have hidden the bound
    });
}

}  // namespace llamaspan
