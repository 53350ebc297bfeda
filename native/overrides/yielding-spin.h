// Force-included where ggml's CPU threads wait for one another (ggml-cpu.c).
//
// Without OpenMP they only spin. Where more threads want to run than there are cores, a thread then waits at each of a graph's
// hundreds of barriers until the scheduler takes the core from it, for the one that it waits for to come and run: a token takes
// 100 times as long. With OpenMP they spin for milliseconds before they sleep. These spin for some microseconds, then give way.
#ifndef LLAMASPAN_YIELDING_SPIN_H
#define LLAMASPAN_YIELDING_SPIN_H

#ifdef _WIN32
#    define WIN32_LEAN_AND_MEAN
#    ifndef NOMINMAX
#        define NOMINMAX
#    endif
#    include <windows.h>
#else
#    include <sched.h>
#endif

enum { LLAMASPAN_SPINS_BEFORE_YIELD = 64 };

static inline void llamaspan_pause_void(void);      // ggml's own pause, for this processor

static inline void llamaspan_pause_(void) {
    static _Thread_local unsigned spins;
    if (++spins % LLAMASPAN_SPINS_BEFORE_YIELD != 0) {
        llamaspan_pause_void();
        return;
    }
#ifdef _WIN32
    SwitchToThread();
#else
    sched_yield();
#endif
}

// ggml's definition, with the parameter list (void), becomes llamaspan_pause_void; its calls, with (), come here.
#define ggml_thread_cpu_relax(...) llamaspan_pause_##__VA_ARGS__()

#endif
