#include "rest/json_frames.hpp"

#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/base64.hpp"
#include "rest/json_text.hpp"
#include "rest/publish_options.hpp"
#include "rest/stream_options.hpp"
#include "rest/topic_address.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace rest {
namespace {

using nlohmann::ordered_json;

struct op_row {
    std::string_view name;
    json_op op;
    std::string_view members; // that it may have besides op and n, each with a space behind it
};

// clang-format off
constexpr std::array op_table{
    op_row{"auth",  json_op::auth,  "token username password "},
    op_row{"sub",   json_op::sub,   "filters retained after no_local manual_ack parse "},
    op_row{"unsub", json_op::unsub, "filters "},
    op_row{"pub",   json_op::pub,   "topic payload enc qos retain props expiry require "},
    op_row{"get",   json_op::get,   "filter limit cursor parse "},
    op_row{"req",   json_op::req,   "topic payload enc qos props expiry timeout parse "},
    op_row{"ack",   json_op::ack,   "id "},
    op_row{"ping",  json_op::ping,  ""},
};
// clang-format on

constexpr std::uint64_t timeout_seconds_max = 60; // as a long poll

problem wrong(std::string detail, std::string hint = {}) {
    if (hint.empty())
        hint = R"(The operations are described at GET /ws in /api/v1/openapi.json.)";
    return {
        .id = problem_id::body_not_readable, .detail = std::move(detail), .hint = std::move(hint)};
}

problem wrong_member(std::string_view name, std::string_view takes) {
    return wrong("'" + std::string(name) + "' has to be " + std::string(takes));
}

// Members of one object, read with their bounds; the first that is wrong stops it.
class member_reader {
public:
    explicit member_reader(const ordered_json& object) : object_(object) {}

    void text(const char* name, std::string& into, std::size_t bytes_max = mqtt::topic_bytes_max) {
        const auto* found = find(name);
        if (found == nullptr)
            return;
        if (!found->is_string() || found->get_ref<const std::string&>().size() > bytes_max)
            return fail(wrong_member(name, "text"));
        into = found->get<std::string>();
    }

    void flag(const char* name, bool& into) {
        const auto* found = find(name);
        if (found == nullptr)
            return;
        if (!found->is_boolean())
            return fail(wrong_member(name, "true or false"));
        into = found->get<bool>();
    }

    std::optional<std::uint64_t> number(const char* name, std::uint64_t low, std::uint64_t high) {
        const auto* found = find(name);
        if (found == nullptr)
            return std::nullopt;
        if (found->is_number_unsigned()) {
            const auto value = found->get<std::uint64_t>();
            if (value >= low && value <= high)
                return value;
        }
        fail(wrong_member(name, "a whole number from " + std::to_string(low) + " to " +
                                    std::to_string(high)));
        return std::nullopt;
    }

    void qos(mqtt::qos& into) {
        if (const auto level = number("qos", 0, 2))
            into = static_cast<mqtt::qos>(*level);
    }

    const ordered_json* find(const char* name) const {
        if (fault_)
            return nullptr;
        const auto at = object_.find(name);
        return at == object_.end() ? nullptr : &*at;
    }

    void fail(problem why) {
        if (!fault_)
            fault_ = std::move(why);
    }
    std::optional<problem>& fault() { return fault_; }

private:
    const ordered_json& object_;
    std::optional<problem> fault_;
};

// "parse":"json", as the option of a stream.
void read_parse(member_reader& from, bool& into) {
    std::string text;
    from.text("parse", text);
    if (!text.empty() && text != "json")
        return from.fail(wrong_member("parse", "\"json\""));
    into = text == "json";
}

void read_filter(const ordered_json& item, member_reader& from, json_request& made) {
    json_filter one;
    if (item.is_string()) {
        one.filter = item.get<std::string>();
    } else if (item.is_object()) {
        member_reader inner(item);
        inner.text("f", one.filter);
        inner.qos(one.qos);
        const auto every_most = static_cast<std::uint64_t>(every_max.count());
        if (const auto every = inner.number("every", 0, every_most))
            one.every = std::chrono::milliseconds(*every);
        for (const auto& [name, value] : item.items())
            if (name != "f" && name != "qos" && name != "every")
                inner.fail(wrong("A filter has no member '" + name + "'"));
        if (inner.fault())
            return from.fail(*inner.fault());
    } else {
        return from.fail(wrong_member("filters", R"(a list such as [{"f":"home/#","qos":1}])"));
    }
    if (one.every.count() != 0)
        one.every = std::max(one.every, every_min);
    if (auto fine = check_filter(one.filter); !fine)
        return from.fail(fine.error());
    made.filters.push_back(std::move(one)); // bound: filters_max
}

void read_filters(member_reader& from, json_request& made) {
    const auto* list = from.find("filters");
    if (list == nullptr || !list->is_array() || list->empty())
        return from.fail(wrong_member("filters", R"(a list such as [{"f":"home/#","qos":1}])"));
    if (list->size() > filters_max)
        return from.fail({.id = problem_id::too_many_filters});
    for (const auto& item : *list)
        read_filter(item, from, made);
}

// Text as it is, with "enc":"base64" any bytes, and any other JSON value as its text.
void read_payload(member_reader& from, json_request& made) {
    std::string encoding;
    from.text("enc", encoding);
    const auto* payload = from.find("payload");
    if (payload == nullptr)
        return;
    if (encoding == "json" || (encoding.empty() && !payload->is_string())) {
        made.payload = payload->dump();
        return;
    }
    if (!payload->is_string())
        return from.fail(wrong_member("payload", "text with this 'enc'"));
    made.payload = payload->get<std::string>();
    if (encoding.empty())
        return;
    if (encoding != "base64")
        return from.fail(wrong_member("enc", "\"base64\" or \"json\""));
    auto bytes = base64_decode(made.payload);
    if (!bytes)
        return from.fail(wrong_member("payload", "base64, as 'enc' says"));
    made.payload = std::move(*bytes);
}

void read_user_properties(const ordered_json& list, member_reader& from,
                          mqtt::publish_properties& into) {
    if (!list.is_array() || list.size() > user_properties_max)
        return from.fail(wrong_member("user", "at most 100 pairs such as [\"unit\",\"C\"]"));
    for (const auto& pair : list) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string())
            return from.fail(wrong_member("user", "pairs of text such as [\"unit\",\"C\"]"));
        into.user.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
    }
}

// The props of an envelope.
void read_props(member_reader& from, json_request& made) {
    const auto* props = from.find("props");
    if (props == nullptr)
        return;
    if (!props->is_object())
        return from.fail(wrong_member("props", "an object"));
    member_reader inner(*props);
    auto& into = made.properties;
    inner.text("content_type", into.content_type);
    inner.text("response_topic", into.response_topic);
    if (!into.response_topic.empty() && !mqtt::is_topic_name(into.response_topic))
        inner.fail({.id = problem_id::topic_name_invalid, .detail = "The response topic"});
    std::string correlation;
    inner.text("correlation", correlation);
    if (auto bytes = base64_decode(correlation))
        into.correlation = std::move(*bytes);
    else
        inner.fail(wrong_member("correlation", "base64"));
    if (const auto pfi = inner.number("pfi", 0, 1))
        into.payload_is_utf8 = *pfi == 1;
    if (const auto expiry = inner.number("expiry", 0, std::numeric_limits<std::uint32_t>::max()))
        made.expiry = static_cast<std::uint32_t>(*expiry);
    if (const auto* user = inner.find("user"); user != nullptr)
        read_user_properties(*user, inner, into);
    for (const auto& [name, value] : props->items())
        if (name != "content_type" && name != "response_topic" && name != "correlation" &&
            name != "pfi" && name != "expiry" && name != "user")
            inner.fail(wrong("'props' has no member '" + name + "'"));
    if (inner.fault())
        from.fail(*inner.fault());
}

void read_message(member_reader& from, json_request& made) {
    from.text("topic", made.topic);
    if (auto fine = check_name(made.topic); !fine)
        return from.fail(fine.error());
    read_payload(from, made);
    from.qos(made.qos);
    from.flag("retain", made.retain);
    read_props(from, made);
    if (const auto expiry = from.number("expiry", 0, std::numeric_limits<std::uint32_t>::max()))
        made.expiry = static_cast<std::uint32_t>(*expiry);
    std::string required;
    from.text("require", required);
    if (!required.empty() && required != "subscriber")
        return from.fail(wrong_member("require", "\"subscriber\""));
    made.require_subscriber = !required.empty();
    if (made.properties.payload_is_utf8.value_or(false) && !mqtt::is_utf8(made.payload))
        return from.fail({.id = problem_id::payload_format_invalid});
    if (const auto* timeout = from.find("timeout"); timeout != nullptr) {
        const auto seconds = timeout->is_number() ? timeout->get<double>() : 0.0;
        if (!(seconds > 0.0) || seconds > static_cast<double>(timeout_seconds_max))
            return from.fail(wrong_member("timeout", "seconds, above 0 and at most 60"));
        made.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000.0) + 1);
    }
}

void read_sub(member_reader& from, json_request& made) {
    read_filters(from, made);
    from.text("retained", made.retained);
    if (made.retained != "all" && made.retained != "new" && made.retained != "none")
        return from.fail(wrong_member("retained", "\"all\", \"new\" or \"none\""));
    from.text("after", made.after);
    from.flag("no_local", made.no_local);
    from.flag("manual_ack", made.manual_ack);
    read_parse(from, made.parse);
}

void read_get(member_reader& from, json_request& made) {
    json_filter one;
    from.text("filter", one.filter);
    if (auto fine = check_filter(one.filter); !fine)
        return from.fail(fine.error());
    made.filters.push_back(std::move(one));
    if (const auto limit = from.number("limit", 1, 1000))
        made.limit = *limit;
    from.text("cursor", made.cursor);
    read_parse(from, made.parse);
}

void read_auth(member_reader& from, json_request& made) {
    from.text("token", made.token, 8'192);
    from.text("username", made.username);
    from.text("password", made.password);
    if (made.token.empty() == made.username.empty())
        from.fail(wrong("'auth' needs either a token, or username and password"));
}

void read_op(member_reader& from, json_request& made) {
    switch (made.op) {
    case json_op::auth:
        return read_auth(from, made);
    case json_op::sub:
        return read_sub(from, made);
    case json_op::unsub:
        return read_filters(from, made);
    case json_op::pub:
        return read_message(from, made);
    case json_op::req:
        read_message(from, made);
        return read_parse(from, made.parse);
    case json_op::get:
        return read_get(from, made);
    case json_op::ack:
        from.text("id", made.id);
        if (made.id.empty())
            from.fail(wrong_member("id", "the id of a message"));
        return;
    case json_op::ping:
        return;
    }
}

bool may_have(const op_row& row, std::string_view member) {
    if (member == "op" || member == "n")
        return true;
    auto rest = row.members;
    while (!rest.empty()) {
        const auto end = rest.find(' ');
        if (rest.substr(0, end) == member)
            return true;
        rest.remove_prefix(end + 1);
    }
    return false;
}

} // namespace

boost::system::result<json_request, json_refusal> read_json_request(std::string_view text) {
    json_refusal refused;
    if (!is_json(text)) {
        refused.why = wrong("The frame is not JSON, or nested deeper than 64 levels");
        return refused;
    }
    const auto document = ordered_json::parse(text, nullptr, false);
    if (!document.is_object()) {
        refused.why = wrong("The frame is not a JSON object");
        return refused;
    }
    json_request made;
    member_reader from(document);
    made.number = from.number("n", 0, std::numeric_limits<std::uint64_t>::max());
    refused.number = made.number;
    std::string op;
    from.text("op", op);
    const auto* row = std::find_if(op_table.begin(), op_table.end(),
                                   [&](const op_row& each) { return each.name == op; });
    if (row == op_table.end()) {
        from.fail(wrong("There is no operation '" + op + "'",
                        "The operations are auth, sub, unsub, pub, get, req, ack and ping."));
    } else {
        made.op = row->op;
        for (const auto& [name, value] : document.items())
            if (!may_have(*row, name))
                from.fail(wrong("'" + op + "' has no member '" + name + "'"));
        read_op(from, made);
    }
    if (from.fault()) {
        refused.why = std::move(*from.fault());
        return refused;
    }
    return made;
}

std::string begin_answer(std::string_view op, std::optional<std::uint64_t> number) {
    std::string out = R"({"op":")";
    out += op;
    out += '"';
    if (number) {
        out += R"(,"n":)";
        append_number(out, *number);
    }
    return out;
}

std::string reasons_answer(std::string_view op, std::optional<std::uint64_t> number,
                           std::span<const mqtt::reason> reasons) {
    auto out = begin_answer(op, number);
    out += R"(,"rc":[)";
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        out += i == 0 ? "" : ",";
        append_number(out, mqtt::to_byte(reasons[i]));
    }
    return out + "]}";
}

std::string error_answer(std::optional<std::uint64_t> number, const problem& why) {
    auto out = begin_answer("err", number);
    out += R"(,"problem":)";
    out += problem_document(why);
    out.pop_back(); // its line end
    return out + '}';
}

} // namespace rest
