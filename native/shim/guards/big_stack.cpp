#include "big_stack.h"

#include <string>
#include <system_error>

#ifdef _WIN32
#    ifndef NOMINMAX
#        define NOMINMAX
#    endif
#    include <process.h>
#    include <windows.h>
#else
#    include <pthread.h>
#    include <unistd.h>
#endif

namespace {

struct start {
    void (*body)(void *);
    void * argument;
};

[[noreturn]] void refuse(int error, size_t stack_size) {
    throw std::system_error(error, std::system_category(),
        "no thread with a stack of " + std::to_string(stack_size >> 20) + " MiB");
}

}  // namespace

namespace llamaspan {

#ifdef _WIN32

void run_on_new_thread(size_t stack_size, void (*body)(void *), void * argument) {
    start begin{body, argument};
    const auto entry = [](void * context) -> unsigned {
        const auto * self = static_cast<start *>(context);
        self->body(self->argument);
        return 0;
    };
    if (stack_size > UINT32_MAX) {
        refuse(ERROR_NOT_ENOUGH_MEMORY, stack_size);
    }
    const auto thread = reinterpret_cast<HANDLE>(_beginthreadex(
        nullptr, static_cast<unsigned>(stack_size), entry, &begin, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr));
    if (thread == nullptr) {
        refuse(static_cast<int>(GetLastError()), stack_size);
    }
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

#else

void run_on_new_thread(size_t stack_size, void (*body)(void *), void * argument) {
    start begin{body, argument};
    const auto entry = [](void * context) -> void * {
        const auto * self = static_cast<start *>(context);
        self->body(self->argument);
        return nullptr;
    };
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    int error = pthread_attr_setstacksize(&attributes, (stack_size + page - 1) / page * page);
    pthread_t thread;
    if (error == 0) {
        error = pthread_create(&thread, &attributes, entry, &begin);
    }
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        refuse(error, stack_size);
    }
    pthread_join(thread, nullptr);
}

#endif

}  // namespace llamaspan
