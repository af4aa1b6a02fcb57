// Batches from anywhere, cut anywhere. The first byte says which form the rest has and how large
// the parts are.
#include "mqtt/types/ensure.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/batch_body.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using mqtt::ensure;
using namespace rest;

namespace {

constexpr std::size_t line_max = 256;

struct seen {
    bool readable = true;
    std::vector<std::string> rows;
};

void take_all(batch_body& body, seen& into) {
    batch_message message;
    batch_fault fault;
    for (;;) {
        const auto found = body.next(message, fault);
        if (found == batch_body::found::nothing)
            return;
        const bool good = found == batch_body::found::message;
        ensure(good != mqtt::is_error(fault.reason), "a message, or a reason why it is none");
        ensure(mqtt::is_utf8(fault.detail), "what is told is text");
        std::string row = good ? "m" : "f";
        row.append(message.what.topic).append("\n").append(message.what.payload);
        into.rows.push_back(good ? row : fault.detail);
    }
}

seen read(std::string_view text, batch_form form, std::size_t step) {
    seen made;
    const batch_terms terms{mqtt::qos::at_least_once, false, "p/"};
    batch_body body(form, terms, line_max);
    for (std::size_t at = 0; at < text.size(); at += step) {
        body.put(text.substr(at, step));
        take_all(body, made);
        ensure(form == batch_form::document || body.bytes() <= line_max + step, "bounded");
    }
    made.readable = body.finish();
    if (made.readable)
        take_all(body, made);
    return made;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    const auto form = static_cast<batch_form>(bytes[0] % 3);
    const auto whole = read(text, form, text.size() + 1);
    const auto parts = read(text, form, 1 + bytes[0] / 3);
    ensure(whole.readable == parts.readable && whole.rows == parts.rows,
           "a body means the same however it is cut");
    if (form == batch_form::document && whole.readable)
        ensure(nlohmann::json::accept(text), "what is taken for JSON is JSON");
    return 0;
}
