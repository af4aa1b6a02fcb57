// UTF-8 Encoded String, MQTT 5 section 1.5.4.
#pragma once

#include <string_view>

namespace mqtt {

// True for well-formed UTF-8 without surrogates, overlong forms or U+0000. [MQTT-1.5.4-1]
// [MQTT-1.5.4-2]
bool is_utf8_string(std::string_view text);

// True for well-formed UTF-8; U+0000 is allowed (a payload may hold it).
bool is_utf8(std::string_view bytes);

// True when the text holds U+0001..U+001F or U+007F..U+009F, which a receiver may refuse
// (section 1.5.4). requires: is_utf8(text)
bool has_control_character(std::string_view text);

} // namespace mqtt
