#include "rest/batch_message.hpp"

#include "mqtt/types/utf8.hpp"
#include "rest/base64.hpp"
#include "rest/publish_options.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace rest {
namespace {

// The members of a message, and of its properties; a bit of member_set each.
enum class member : std::uint8_t {
    topic,
    payload,
    payload_encoding,
    qos,
    retain,
    properties,
    client_id,
    payload_format_indicator,
    message_expiry_interval,
    response_topic,
    correlation_data,
    user_properties,
    content_type,
    unknown
};

struct member_name {
    std::string_view name;
    member which;
};

constexpr std::array message_members{member_name{"topic", member::topic},
                                     member_name{"payload", member::payload},
                                     member_name{"payload_encoding", member::payload_encoding},
                                     member_name{"qos", member::qos},
                                     member_name{"retain", member::retain},
                                     member_name{"properties", member::properties},
                                     member_name{"clientid", member::client_id}};

constexpr std::array property_members{
    member_name{"payload_format_indicator", member::payload_format_indicator},
    member_name{"message_expiry_interval", member::message_expiry_interval},
    member_name{"response_topic", member::response_topic},
    member_name{"correlation_data", member::correlation_data},
    member_name{"user_properties", member::user_properties},
    member_name{"content_type", member::content_type}};

constexpr std::size_t quoted_bytes_max = 64; // of what a caller sent, in a sentence about it

std::string quoted(std::string_view text) {
    if (text.size() <= quoted_bytes_max)
        return "'" + std::string(text) + "'";
    auto end = quoted_bytes_max; // not in the middle of a character
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80)
        --end;
    return "'" + std::string(text.substr(0, end)) + "...'";
}

class message_reader {
public:
    message_reader(const batch_terms& terms, batch_message& into, batch_fault& fault)
        : terms_(terms), into_(into), fault_(fault) {}

    bool read(json_cursor& from) {
        if (from.peek() != '{') {
            json_value other;
            if (!from.take_value(other))
                return false;
            refuse("A message is an object with the members topic and payload");
            return true;
        }
        if (!read_members(from, message_members))
            return false;
        if (fault_.reason == mqtt::reason::success)
            finish();
        return true;
    }

private:
    void refuse(std::string detail, mqtt::reason why = mqtt::reason::malformed_packet) {
        if (fault_.reason == mqtt::reason::success) // the first fault is told
            fault_ = {why, std::move(detail)};
    }

    template <std::size_t Count>
    bool read_members(json_cursor& from, const std::array<member_name, Count>& names) {
        from.take('{');
        if (from.take('}'))
            return true;
        json_value name;
        json_value value;
        do {
            if (!from.take_name(name) || !from.take_value(value))
                return false;
            take(decoded(name), names, value);
        } while (from.take(','));
        return from.take('}');
    }

    template <std::size_t Count>
    void take(std::string_view name, const std::array<member_name, Count>& names,
              json_value& value) {
        const auto* found =
            std::find_if(names.begin(), names.end(),
                         [name](const member_name& each) { return each.name == name; });
        if (found == names.end())
            return refuse("There is no member " + quoted(name));
        const auto bit = 1U << static_cast<unsigned>(found->which);
        if ((seen_ & bit) != 0)
            return refuse(quoted(name) + " is given twice");
        seen_ |= bit;
        if (value.kind != json_kind::null || found->which == member::payload)
            set(*found, value);
    }

    void set(const member_name& which, json_value& value) {
        auto& to = into_.what;
        switch (which.which) {
        case member::topic:
            topic_ = text_of(which, value);
            has_topic_ = true;
            break;
        case member::payload:
            payload_ = value; // how to read it may be said later
            has_payload_ = true;
            break;
        case member::payload_encoding:
            encoding_ = text_of(which, value);
            break;
        case member::qos:
            to.qos = static_cast<mqtt::qos>(number_of(which, value, 2));
            break;
        case member::retain:
            to.retain = flag_of(which, value);
            break;
        case member::properties:
            read_properties(value);
            break;
        case member::client_id:
            if (!terms_.ignore_client_id)
                refuse("There is no member 'clientid': the caller's own name is used");
            break;
        default:
            set_property(which, value);
        }
    }

    void set_property(const member_name& which, json_value& value) {
        auto& to = into_.what.properties;
        switch (which.which) {
        case member::payload_format_indicator:
            to.payload_is_utf8 = number_of(which, value, 1) == 1;
            break;
        case member::message_expiry_interval:
            into_.what.expiry = static_cast<std::uint32_t>(
                number_of(which, value, std::numeric_limits<std::uint32_t>::max()));
            break;
        case member::response_topic:
            to.response_topic = text_of(which, value);
            break;
        case member::correlation_data:
            to.correlation = text_of(which, value);
            break;
        case member::content_type:
            to.content_type = text_of(which, value);
            break;
        default:
            read_user_properties(value);
        }
    }

    std::string_view text_of(const member_name& which, json_value& value) {
        if (value.kind == json_kind::string)
            return decoded(value);
        refuse(quoted(which.name) + " is a string");
        return {};
    }

    std::uint64_t number_of(const member_name& which, const json_value& value,
                            std::uint64_t largest) {
        const auto number =
            value.kind == json_kind::number ? whole_number(value) : std::optional<std::uint64_t>();
        if (number && *number <= largest)
            return *number;
        refuse(quoted(which.name) + " is a number from 0 to " + std::to_string(largest));
        return 0;
    }

    bool flag_of(const member_name& which, const json_value& value) {
        if (value.kind != json_kind::truth)
            refuse(quoted(which.name) + " is true or false");
        return value.kind == json_kind::truth && *value.begin == 't';
    }

    void read_properties(const json_value& value) {
        if (value.kind != json_kind::object)
            return refuse("'properties' is an object");
        json_cursor inside({value.begin, value.end});
        read_members(inside, property_members);
    }

    // {"name":"value"}, or [["name","value"]] where names repeat and their order matters.
    void read_user_properties(const json_value& value) {
        constexpr auto wanted = "'user_properties' is an object of strings, or an array of pairs";
        if (value.kind != json_kind::object && value.kind != json_kind::array)
            return refuse(wanted);
        const bool pairs = value.kind == json_kind::array;
        json_cursor inside({value.begin, value.end});
        inside.take(pairs ? '[' : '{');
        if (inside.peek() == ']' || inside.peek() == '}')
            return;
        json_value name;
        json_value text;
        do {
            const bool read = pairs ? inside.take('[') && inside.take_value(name) &&
                                          inside.take(',') && inside.take_value(text) &&
                                          inside.take(']')
                                    : inside.take_name(name) && inside.take_value(text);
            if (!read || name.kind != json_kind::string || text.kind != json_kind::string)
                return refuse(wanted);
            auto& user = into_.what.properties.user;
            if (user.size() == user_properties_max)
                return refuse("More than 100 user properties", mqtt::reason::quota_exceeded);
            user.emplace_back(decoded(name), decoded(text));
        } while (inside.take(','));
    }

    void finish() {
        if (!has_topic_)
            return refuse("The member 'topic' is missing", mqtt::reason::topic_name_invalid);
        if (!has_payload_)
            return refuse("The member 'payload' is missing");
        set_topic(topic_, terms_, into_);
        if (encoding_ == "json") {
            into_.what.payload =
                payload_.kind == json_kind::string
                    ? std::string_view(payload_.begin - 1, payload_.text().size() + 2)
                    : compacted(payload_);
            return;
        }
        if (payload_.kind != json_kind::string)
            return refuse(
                R"('payload' is a string; for any other value say "payload_encoding":"json")");
        const auto text = decoded(payload_);
        if (encoding_ == "plain")
            into_.what.payload = text;
        else if (encoding_ == "base64")
            read_base64(text);
        else
            refuse("'payload_encoding' is plain, base64 or json");
    }

    // In place: what it stands for is shorter.
    void read_base64(std::string_view text) {
        const auto bytes = base64_decode(text);
        if (!bytes)
            return refuse("'payload' is not base64");
        std::memcpy(payload_.begin, bytes->data(), bytes->size());
        into_.what.payload = {payload_.begin, bytes->size()};
    }

    const batch_terms& terms_;
    batch_message& into_;
    batch_fault& fault_;
    unsigned seen_ = 0;
    std::string_view topic_;
    std::string_view encoding_ = "plain";
    json_value payload_;
    bool has_topic_ = false;
    bool has_payload_ = false;
};

} // namespace

void batch_message::clear() {
    auto& props = what.properties;
    if (props.payload_is_utf8 || !props.content_type.empty() || !props.response_topic.empty() ||
        !props.correlation.empty() || !props.user.empty())
        props = {};
    what.topic = {};
    what.payload = {};
    what.expiry.reset();
}

void set_topic(std::string_view topic, const batch_terms& terms, batch_message& into) {
    if (terms.prefix.empty()) {
        into.what.topic = topic;
        return;
    }
    into.prefixed.assign(terms.prefix).append(topic);
    into.what.topic = into.prefixed;
}

bool read_batch_message(json_cursor& from, const batch_terms& terms, batch_message& into,
                        batch_fault& fault) {
    into.clear();
    into.what.qos = terms.qos;
    into.what.retain = terms.retain;
    fault.reason = mqtt::reason::success;
    fault.detail.clear();
    return message_reader(terms, into, fault).read(from);
}

} // namespace rest
