# Where the copies of llama.cpp's sources call hooks.h.

set(include_hooks [==[#pragma once

#include "hooks.h"
]==])

# --- the engine: time, stack and memory --------------------------------------------------------------------------------

hook(jinja/string.h 1 "#pragma once\n" "${include_hooks}")
hook(peg-parser.h 1 "#pragma once\n" "${include_hooks}")
hook(json-schema-to-grammar.h 1 "#pragma once\n" "${include_hooks}")

hook(jinja/runtime.cpp 1 [==[return execute_impl(ctx);]==] [==[llamaspan::hooks::step(); return execute_impl(ctx);]==])
hook(jinja/runtime.cpp 1 [==[value current = items[i];]==] [==[llamaspan::hooks::step(); value current = items[i];]==])
hook(jinja/runtime.cpp 1 [==[value_object loop_obj = mk_val<value_object>();]==]
    [==[llamaspan::hooks::step(); value_object loop_obj = mk_val<value_object>();]==])
hook(jinja/runtime.cpp 2 [==[                result->push_back(item);]==] [==[                result->push_back(llamaspan::hooks::kept(item));]==])
hook(jinja/runtime.cpp 1 [==[            res->val_str.append(str);]==] [==[            llamaspan::hooks::grow(1); res->val_str.append(str);]==])
hook(jinja/runtime.h 2 [==[arr->push_back(item_stmt->execute(ctx));]==] [==[arr->push_back(llamaspan::hooks::kept(item_stmt->execute(ctx)));]==])
hook(jinja/runtime.cpp 1 [==[obj->insert(key, val);]==] [==[obj->insert(key, llamaspan::hooks::kept(val));]==])
hook(jinja/value.cpp 1 [==[out->insert(kwarg->key, kwarg->val);]==] [==[out->insert(kwarg->key, llamaspan::hooks::kept(kwarg->val));]==])
hook(jinja/runtime.h 1 [==[    // TODO: probably allow print value_none]==] [==[    llamaspan::hooks::step();
    // TODO: probably allow print value_none]==])
hook(jinja/string.cpp 1 [==[        parts.push_back(part);]==]
    [==[        llamaspan::hooks::grow(sizeof(part) + part.val.size()); parts.push_back(part);]==])
hook(jinja/string.cpp 2 [==[parts.erase(parts.begin() + i);]==]
    [==[llamaspan::hooks::grow((parts.size() - i) * sizeof(parts[i])); parts.erase(parts.begin() + i);]==])
hook(jinja/value.cpp 2 [==[out->push_back(mk_val<value_int>(i));]==] [==[llamaspan::hooks::grow(sizeof(value_int_t)); out->push_back(mk_val<value_int>(i));]==])
hook(jinja/value.cpp 2 [==[                result->push_back(mk_val<value_string>(token));]==]
    [==[                llamaspan::hooks::grow(sizeof(value_string_t) + str.size()); result->push_back(mk_val<value_string>(token));]==])
hook(jinja/value.cpp 1 [==[                    std::string new_res;]==]
    [==[                    llamaspan::hooks::grow((str.length() + 1) * (new_str.length() + 1));
                    std::string new_res;]==])
hook(jinja/value.cpp 1 [==[                    while ((pos = str.find(old_str, pos)) != std::string::npos) {
                        str.replace(pos, old_str.length(), new_str);
                        pos += new_str.length();
                    }]==] [==[                    str = llamaspan::hooks::replaced(str, old_str, new_str);]==])
hook(jinja/value.cpp 1 [==[                size_t pos = 0;
                if (old_str.empty()) {]==] [==[                if (old_str.empty()) {]==])
hook(jinja/value.cpp 1 [==[                const jinja::string arg_str = args.get_pos(arg_idx++)->as_string();]==]
    [==[                const jinja::string arg_str = args.get_pos(arg_idx++)->as_string();
                llamaspan::hooks::grow(arg_str.length());]==])
hook(jinja/value.cpp 1 [==[indent.assign(val_width->as_int(), ' ');]==] [==[indent.assign(llamaspan::hooks::width(val_width->as_int()), ' ');]==])
hook(jinja/value.cpp 2 [==[indented += indent;]==] [==[llamaspan::hooks::grow(indent.size()); indented += indent;]==])
hook(jinja/value.cpp 1 [==[indent = static_cast<int>(val_indent->as_int());]==]
    [==[indent = static_cast<int>(llamaspan::hooks::width(val_indent->as_int()));]==])
hook(jinja/value.cpp 1 [==[                result += val_arr->as_string().str();]==]
    [==[                const std::string item = val_arr->as_string().str();
                llamaspan::hooks::grow(item.size() + delim.size());
                result += item;]==])
hook(jinja/value.cpp 4 [==[for (const auto & item : arr) {]==] [==[for (const auto & item : arr) { llamaspan::hooks::step();]==])
hook(jinja/value.cpp 1 [==[                    if (*needle == *item) {]==] [==[                    llamaspan::hooks::step();
                    if (*needle == *item) {]==])
hook(jinja/value.cpp 1 [==[                return mk_val<value_bool>(
                    haystack->as_string().str().find(]==] [==[                llamaspan::hooks::search(haystack->as_string().length(), needle->as_string().length());
                return mk_val<value_bool>(
                    haystack->as_string().str().find(]==])
hook(jinja/value.cpp 1 [==[                value val_a = a;]==] [==[                llamaspan::hooks::step();
                value val_a = a;]==])
hook(jinja/value.cpp 1 [==[                if (by_value) {]==] [==[                llamaspan::hooks::step();
                if (by_value) {]==])
hook(jinja/value.cpp 1 [==[arr_editable->push_back(args.get_pos(1));]==]
    [==[llamaspan::hooks::holds(args.get_pos(0), args.get_pos(1)); arr_editable->push_back(args.get_pos(1));]==])
hook(jinja/value.cpp 1 [==[int indent, const std::string_view item_sep, const std::string_view key_sep) {
    auto indent_str]==] [==[int indent, const std::string_view item_sep, const std::string_view key_sep) {
    llamaspan::hooks::step();
    llamaspan::hooks::grow(32 + static_cast<size_t>(curr_lvl + 1) * (indent > 0 ? indent : 0) + item_sep.size() + key_sep.size()
        + (is_val<value_string>(val) ? val->as_string().length() : 0));
    auto indent_str]==])
hook(jinja/value.cpp 1 [==[std::string value_to_string_repr(const value & val) {
]==] [==[std::string value_to_string_repr(const value & val) {
    llamaspan::hooks::step();
    llamaspan::hooks::grow(is_val<value_string>(val) ? val->as_string().length() : 32);
]==])
hook(jinja/value.cpp 1 [==[    val->stats.used = true;]==] [==[    llamaspan::hooks::step();
    val->stats.used = true;]==])
hook(jinja/value.h 1 [==[    virtual bool is_hashable() const override {
        if (std::all_of(val_arr.begin()]==] [==[    virtual bool is_hashable() const override {
        llamaspan::hooks::step();
        if (std::all_of(val_arr.begin()]==])
foreach(function IN ITEMS
        "statement_ptr parse_any() {" "statement_ptr parse_if_statement(size_t start_pos) {" "statement_ptr parse_if_expression() {"
        "statement_ptr parse_logical_negation_expression() {" "statement_ptr parse_unary_expression() {"
        "statement_ptr parse_call_expression(statement_ptr callee) {")
    hook(jinja/parser.cpp 1 "${function}" "${function} llamaspan::hooks::step();")
endforeach()
hook(peg-parser.cpp 1 [==[    // Execute parser
]==] [==[    llamaspan::hooks::step();
    // Execute parser
]==])
hook(json-schema-to-grammar.cpp 1 [==[    std::string _add_rule(const std::string & name, const std::string & rule) {]==]
    [==[    std::string _add_rule(const std::string & name, const std::string & rule) {
        llamaspan::hooks::step();
        llamaspan::hooks::grow(name.size() + rule.size());]==])
hook(json-schema-to-grammar.cpp 1 [==[                const std::string& k = ks[0];]==] [==[                llamaspan::hooks::step();
                llamaspan::hooks::grow(ks.size() * sizeof(ks[0]));
                const std::string& k = ks[0];]==])

# Warnings go to the log, not to stderr.
hook(json-schema-to-grammar.cpp 1 [==[fprintf(stderr, "WARNING: JSON schema conversion was incomplete: %s\n", string_join(_warnings, "; ").c_str());]==]
    [==[llamaspan::hooks::warn("JSON schema conversion was incomplete: " + string_join(_warnings, "; ") + "\n");]==])

# Trying a template out takes longer than using it; what is found is kept with the template.
hook(chat.h 1 [==[    chat_template_caps caps;
]==] [==[    chat_template_caps caps;
    llamaspan::hooks::finding finding;
]==])
hook(chat.h 1 "#pragma once\n" "${include_hooks}")
hook(chat.cpp 1 [==[        struct autoparser::autoparser autoparser;
        autoparser.analyze_template(tmpl);]==] [==[        const auto found = tmpl.finding.get<struct autoparser::autoparser>([&](auto & fresh) {
            llamaspan::hooks::analysis analysis;
            fresh.analyze_template(tmpl);
        });
        const struct autoparser::autoparser & autoparser = *found;]==])

# Copying a table of functions for each name that is looked up takes longer than all else.
hook(jinja/runtime.cpp 1 [==[auto builtins = input->get_builtins();]==] [==[const auto & builtins = input->get_builtins();]==])
hook(jinja/runtime.cpp 1 [==[    auto builtins = global_builtins();]==] [==[    const auto & builtins = global_builtins();]==])

# --- the engine: what would crash --------------------------------------------------------------------------------------

hook(jinja/runtime.cpp 1 [==[obj_ptr->insert(prop_name, rhs);]==] [==[llamaspan::hooks::holds(object, rhs); obj_ptr->insert(prop_name, rhs);]==])
hook(jinja/runtime.cpp 1 [==[ctx.set_val(id, c_arr[j]);]==] [==[ctx.set_val(id, c_arr.at(j));]==])      # an earlier round of the loop may shorten it
hook(jinja/value.cpp 1 [==[bool res = args.get_pos(0)->val_int % args.get_pos(1)->val_int == 0;]==]
    [==[bool res = llamaspan::hooks::divides(args.get_pos(1)->val_int, args.get_pos(0)->val_int);]==])
hook(jinja/value.cpp 2 [==[std::sort(]==] [==[std::stable_sort(]==])   # values of several types have no order that std::sort could live with

# It would throw a copy of the base class, without the message.
hook(chat.cpp 1 [==[        throw e;]==] [==[        throw;]==])

# --- provenance --------------------------------------------------------------------------------------------------------

# A part of a string says which input it came from, see hooks.h, not only whether.
hook(jinja/string.h 1 [==[bool is_input = false;]==] [==[int32_t is_input = 0;]==])
hook(jinja/string.h 1 [==[string(const std::string & v, bool user_input = false) {]==] [==[string(const std::string & v, int32_t user_input = 0) {]==])
hook(jinja/string.cpp 1 [==[    if (other.all_parts_are_input()) {
        for (auto & part : parts) {
            part.is_input = true;
        }
    }]==] [==[    llamaspan::hooks::inherit(*this, other);]==])
hook(jinja/runtime.cpp 1 [==[val = mk_val<value_string>(std::string(1, str[index]));]==]
    [==[val = mk_val<value_string>(std::string(1, str[index]));
                    val->val_str.mark_input_based_on(object->val_str);]==])
hook(jinja/runtime.cpp 1 [==[mk_val<value_func>(name, it->second, input);]==]
    [==[mk_val<value_func>(name, llamaspan::hooks::tracked(name, it->second), input);]==])
hook(jinja/runtime.cpp 1 [==[mk_val<value_func>(val, builtins.at(val));]==] [==[mk_val<value_func>(val, llamaspan::hooks::tracked(val, builtins.at(val)));]==])
hook(jinja/value.h 2 [==[        return ss.str();
    }
    virtual bool as_bool() const override {
        return !]==] [==[        return llamaspan::hooks::represented(*this, ss.str());
    }
    virtual bool as_bool() const override {
        return !]==])
hook(jinja/value.cpp 1 [==[const bool fmt_is_input = fmt.all_parts_are_input();]==] [==[const int32_t fmt_is_input = llamaspan::hooks::origin(fmt);]==])
hook(jinja/caps.cpp 1 [==[value var = mk_val<value_string>(effort);]==] [==[value var = mk_val<value_string>(string(effort, llamaspan::hooks::INPUT));]==])
hook(chat.cpp 1 [==[jinja::global_from_json(ctx, inp, inputs.mark_input);]==] [==[llamaspan::hooks::set_globals(ctx, inp);]==])
hook(chat.cpp 1 [==[    return result;
}

std::string common_chat_template_direct_apply(]==] [==[    llamaspan::hooks::rendered(parts->val_str, inputs.add_bos ? tmpl.bos_token() : std::string(), result);
    return result;
}

std::string common_chat_template_direct_apply(]==])
