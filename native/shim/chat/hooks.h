// What the copies of llama.cpp's sources call: hooks.cmake says where.
//
// Bounds: a template is a program that someone else wrote, and the engine runs it without any. Every statement, every round of a loop
// and every recursion of the engine calls step(), whatever grows calls grow(); both throw `exhausted`, which is no std::exception, so
// that no handler of llama.cpp's takes it for an error of the template and goes on.
//
// Provenance: a part of a jinja::string carries an int32_t that says where it comes from, and the functions of the engine that build
// text out of text hand it on: what is made of any input is input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

class common_json;

namespace jinja {
struct string;
struct value_t;
struct context;
struct func_args;
}  // namespace jinja

namespace llamaspan::hooks {

using value   = std::shared_ptr<jinja::value_t>;
using handler = std::function<value(const jinja::func_args &)>;

// A bound was reached.
struct exhausted {
    std::string message;
};

// --- bounds

// Checks the time and the stack.
void step();
// Counts bytes that are about to be made.
void grow(size_t bytes);
// Looking for text in text takes their product in the worst case.
void search(size_t haystack, size_t needle);
// The value goes into an array or object: containers in containers are counted, since they are freed by recursion.
const value & kept(const value & item);
// The same for one that can be changed later; it may then neither reach itself, which would never be freed, nor a function.
void holds(const value & container, const value & item);
// Spaces to indent by.
int64_t width(int64_t spaces);

// While llama.cpp tries a template out on messages of its own: text that it makes is short, and compared in ways that take long for
// long text.
class analysis {
public:
    analysis();
    ~analysis();
    analysis(const analysis &) = delete;
    analysis & operator=(const analysis &) = delete;
};

// To llama.cpp's log.
void warn(const std::string & line);

// What was found out about something, once for all threads; an attempt that throws counts for nothing.
class finding {
public:
    template <typename Result, typename Find>
    std::shared_ptr<const Result> get(Find && find) const {
        std::shared_ptr<const void> known = std::atomic_load(&result);
        if (known == nullptr) {
            auto fresh = std::make_shared<Result>();
            find(*fresh);
            known = std::move(fresh);
            std::atomic_store(&result, known);
        }
        return std::static_pointer_cast<const Result>(known);
    }

private:
    mutable std::shared_ptr<const void> result;
};

// --- what crashed or took the square of the length

bool divides(int64_t divisor, int64_t number);
std::string replaced(const std::string & text, const std::string & from, const std::string & to);

// --- provenance: 0 is the template, 1 is input, 2 + i is content i of the request

constexpr int32_t TEMPLATE = 0, INPUT = 1, CONTENT = 2;

// Where the inputs in a text come from, TEMPLATE without any.
int32_t origin(const jinja::string & text);
// Text was made out of other text.
void inherit(jinja::string & text, const jinja::string & from);
// The same for what a function of the engine returns, but for those that hand on parts of strings as they are.
handler tracked(const std::string & name, const handler & function);
// An array or object became text.
jinja::string represented(const jinja::value_t & container, const std::string & text);
// Gives a template its variables, inputs marked.
void set_globals(jinja::context & context, const common_json & variables);
// A template became text. Without cut, where that stands at its start: the tokenizer adds it.
void rendered(const jinja::string & text, const std::string & cut, const std::string & result);

}  // namespace llamaspan::hooks
