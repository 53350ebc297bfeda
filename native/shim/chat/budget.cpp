#include "budget.h"

#include "jinja/runtime.h"

using namespace llamaspan;

namespace {

constexpr std::chrono::milliseconds TIME{LLAMASPAN_CHAT_MAX_SECONDS * 1000};
constexpr size_t BYTES          = 256u << 20;   // that strings and arrays may grow by together
constexpr size_t BYTES_FOR_BYTE = 64;           // of input: its text is copied from statement to statement
constexpr size_t NESTED         = 200000;       // containers put into containers
constexpr size_t CHECKED_STACK  = 96u << 20;    // the rest is for what recurses unasked: freeing, hashing
constexpr int64_t WIDTH         = 256;
constexpr size_t ANALYSED       = 1u << 18;     // bytes that a template may make of messages of a few words

thread_local budget * current_budget = nullptr;

std::string mebibytes(size_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

}  // namespace

budget::budget(size_t input)
    : time(TIME + std::chrono::milliseconds(input >> 10))
    , bytes(0)
    , most_bytes(BYTES + BYTES_FOR_BYTE * input) {
    const char here = 0;
    stack = &here;
    end = std::chrono::steady_clock::now() + time;
    current_budget = this;
}

budget::~budget() {
    current_budget = nullptr;
}

budget * budget::current() {
    return current_budget;
}

void budget::refuse(const std::string & message) {
    spent = true;
    why = message;
    throw hooks::exhausted{message};
}

void budget::check() {
    const char here = 0;
    const ptrdiff_t depth = stack - &here;
    if (spent) {
        throw hooks::exhausted{why};
    }
    if (static_cast<size_t>(depth < 0 ? -depth : depth) > CHECKED_STACK) {
        refuse("it recurses too deeply: more than " + mebibytes(CHECKED_STACK) + " of stack");
    }
    if (std::chrono::steady_clock::now() > end) {
        refuse("it takes longer than " + std::to_string(time.count()) + " ms");
    }
}

void budget::spend(size_t more) {
    if (spent) {
        throw hooks::exhausted{why};
    }
    if (more > most_bytes - bytes) {
        refuse("it makes more than " + mebibytes(most_bytes) + " of text and values");
    }
    bytes += more;
}

void budget::nest() {
    if (++nested > NESTED) {
        refuse("it puts more than " + std::to_string(NESTED) + " arrays and objects into others");
    }
}

namespace llamaspan::hooks {

void step() {
    if (current_budget != nullptr) {
        current_budget->check();
    }
}

void grow(size_t more) {
    if (current_budget != nullptr) {
        current_budget->spend(more);
    }
}

void search(size_t haystack, size_t needle) {
    // short needles are found at the speed of memory; long ones can be compared in full at every place
    if (needle > 256 && haystack > 0) {
        const size_t places = haystack / 64 + 1;
        grow(needle > SIZE_MAX / places ? SIZE_MAX : places * needle);
    }
}

const value & kept(const value & item) {
    grow(sizeof(item));
    if (item && (jinja::is_val<jinja::value_array>(item) || jinja::is_val<jinja::value_object>(item))) {
        grow(sizeof(jinja::value_object_t));
        if (current_budget != nullptr) {
            current_budget->nest();
        }
    }
    return item;
}

namespace {

void check_reach(const value & from, const jinja::value_t * target) {
    step();
    if (from.get() == target) {
        throw jinja::raised_exception("an array or object cannot hold itself");
    }
    if (jinja::is_val<jinja::value_func>(from)) {
        throw jinja::raised_exception("an array or object that can be changed cannot hold a function");
    }
    for (const value & item : from->val_arr) {
        check_reach(item, target);
    }
    for (const auto & member : from->val_obj) {
        check_reach(member.second, target);
    }
}

}  // namespace

void holds(const value & container, const value & item) {
    kept(item);
    grow(sizeof(jinja::value_t));
    check_reach(item, container.get());
}

int64_t width(int64_t spaces) {
    if (spaces > WIDTH) {
        throw jinja::raised_exception("an indentation of " + std::to_string(spaces) + " spaces; at most " + std::to_string(WIDTH) + " are made");
    }
    return spaces < 0 ? 0 : spaces;
}

analysis::analysis() {
    if (current_budget != nullptr) {
        current_budget->enter_analysis();
    }
}

analysis::~analysis() {
    if (current_budget != nullptr) {
        current_budget->leave_analysis();
    }
}

bool divides(int64_t divisor, int64_t number) {
    if (divisor == 0) {
        throw jinja::raised_exception("divisibleby: division by zero");
    }
    return divisor == -1 || number % divisor == 0;
}

std::string replaced(const std::string & text, const std::string & from, const std::string & to) {
    search(text.size(), from.size());
    std::string result;
    size_t start = 0;
    for (size_t found; (found = text.find(from, start)) != std::string::npos; start = found + from.size()) {
        grow(found - start + to.size());
        result.append(text, start, found - start).append(to);
    }
    grow(text.size() - start);
    return result.append(text, start, std::string::npos);
}

// Called by rendered().
void limit_analysis(size_t size) {
    if (current_budget != nullptr && current_budget->analyses() && size > ANALYSED) {
        throw exhausted{"it makes " + std::to_string(size) + " bytes of a few words; at most " + std::to_string(ANALYSED) + " can be analysed"};
    }
}

}  // namespace llamaspan::hooks
