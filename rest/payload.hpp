// A payload as HTTP shows it: which type it has, and whether a browser may be trusted with it.
#pragma once

#include "mqtt/types/message.hpp"

#include <string>
#include <string_view>

namespace rest {

struct content_type {
    std::string text;
    bool active = false; // may run scripts: sent with a sandbox
    // The publisher named a type that cannot stand in a header field; it is shown in
    // Mqtt-Content-Type instead.
    bool named_otherwise = false;
};

// What the bytes look like: "application/json", "text/plain; charset=utf-8" or
// "application/octet-stream".
std::string_view sniffed_type(std::string_view payload);

// The type that the publisher named, if it is well formed, else the sniffed one.
content_type type_of(std::string_view named, std::string_view payload);

// Whether the text is type "/" subtype with parameters. [RFC9110-8.3.1]
bool is_media_type(std::string_view text);

} // namespace rest
