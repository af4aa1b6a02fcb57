#include "rest/webhooks/definition.hpp"

#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/json_text.hpp"
#include "rest/topic_address.hpp"
#include "rest/webhooks/target.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace rest::webhooks {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> format_names{"raw", "json", "cloudevents"};
constexpr std::array<std::string_view, 3> order_names{"topic", "none", "all"};

problem unreadable(std::string detail) {
    return {.id = problem_id::body_not_readable, .detail = std::move(detail)};
}

// Reads the members of one object, and remembers the first thing that is wrong with them.
class member_reader {
public:
    explicit member_reader(const json& object) : object_(object) {}

    const json* find(const char* name) {
        known_.emplace_back(name);
        const auto found = object_.find(name);
        return found == object_.end() || found->is_null() ? nullptr : &*found;
    }
    void text(const char* name, std::string& into) {
        const auto* value = find(name);
        if (value == nullptr)
            return;
        if (!value->is_string())
            return fail(name, "is a text");
        into = value->get<std::string>();
    }
    void flag(const char* name, bool& into) {
        const auto* value = find(name);
        if (value == nullptr)
            return;
        if (!value->is_boolean())
            return fail(name, "is true or false");
        into = value->get<bool>();
    }
    std::optional<std::uint64_t> number(const char* name, std::uint64_t low, std::uint64_t high) {
        const auto* value = find(name);
        if (value == nullptr)
            return std::nullopt;
        if (!value->is_number_unsigned() || value->get<std::uint64_t>() < low ||
            value->get<std::uint64_t>() > high) {
            fail(name,
                 "is a whole number from " + std::to_string(low) + " to " + std::to_string(high));
            return std::nullopt;
        }
        return value->get<std::uint64_t>();
    }
    template <class Enum>
    void choice(const char* name, const std::array<std::string_view, 3>& names, Enum& into) {
        std::string said;
        text(name, said);
        if (said.empty() || failed())
            return;
        const auto at = std::find(names.begin(), names.end(), said);
        if (at == names.end())
            return fail(name, "is " + std::string(names[0]) + ", " + std::string(names[1]) +
                                  " or " + std::string(names[2]));
        into = static_cast<Enum>(at - names.begin());
    }
    // requires: every member that is known has been asked for
    void refuse_others() {
        for (const auto& [name, value] : object_.items())
            if (std::find(known_.begin(), known_.end(), name) == known_.end())
                return fail(name, "is not a member of a webhook");
    }
    void fail(const std::string& name, const std::string& why) {
        if (detail_.empty())
            detail_ = "'" + name + "' " + why;
    }
    bool failed() const { return !detail_.empty(); }
    const std::string& detail() const { return detail_; }

private:
    const json& object_;
    std::vector<std::string> known_; // bound: our own calls
    std::string detail_;
};

void read_filters(member_reader& from, std::vector<std::string>& into) {
    const auto* list = from.find("filters");
    if (list == nullptr || !list->is_array() || list->empty() || list->size() > webhook_filters_max)
        return from.fail("filters", "is a list of 1 to 100 topic filters");
    for (const auto& each : *list) {
        if (!each.is_string() || !mqtt::is_subscription_filter(each.get<std::string>()))
            return from.fail("filters", "has something that is no topic filter");
        into.push_back(each.get<std::string>()); // bound: webhook_filters_max
    }
}

void read_secrets(member_reader& from, const definition* before, std::vector<std::string>& into) {
    const auto* value = from.find("secret");
    if (value == nullptr)
        return;
    if (*value == secret_mask) {
        if (before != nullptr)
            into = before->secrets;
        return;
    }
    const json list = value->is_array() ? *value : json::array({*value});
    if (list.size() > secrets_max)
        return from.fail("secret", "is a text, or two of them while one replaces the other");
    for (const auto& each : list) {
        const auto size = each.is_string() ? each.get_ref<const std::string&>().size() : 0;
        if (size < secret_bytes_min || size > secret_bytes_max)
            return from.fail("secret", "is a text of 8 to 512 bytes");
        into.push_back(each.get<std::string>()); // bound: secrets_max
    }
}

void read_batch(member_reader& from, definition& into) {
    const auto* value = from.find("batch");
    if (value == nullptr)
        return;
    if (!value->is_object())
        return from.fail("batch", R"(is an object such as {"max":100,"linger_ms":200})");
    member_reader batch(*value);
    into.batch_max = batch.number("max", 1, batch_most).value_or(100);
    into.linger = std::chrono::milliseconds(
        batch.number("linger_ms", 0, static_cast<std::uint64_t>(linger_most.count())).value_or(0));
    batch.refuse_others();
    if (batch.failed())
        return from.fail("batch", "has a member that " + batch.detail());
    if (into.format == body_format::raw)
        from.fail("batch", "goes with format json or cloudevents: a raw body is one payload");
}

void read_members(member_reader& from, const definition* before, definition& into) {
    from.text("url", into.url);
    read_filters(from, into.filters);
    if (const auto level = from.number("qos", 0, 2))
        into.qos = static_cast<mqtt::qos>(*level);
    from.choice("format", format_names, into.format);
    read_batch(from, into);
    read_secrets(from, before, into.secrets);
    into.timeout = std::chrono::seconds(
        from.number("timeout", 1, static_cast<std::uint64_t>(timeout_most.count())).value_or(15));
    into.max_inflight = from.number("max_inflight", 1, inflight_most).value_or(4);
    from.choice("order", order_names, into.order);
    into.max_queued = from.number("max_queued", 1, queued_most).value_or(10'000);
    from.text("dead_letter", into.dead_letter);
    from.flag("reply", into.reply);
    if (into.reply && into.batch_max != 0)
        from.fail("reply", "goes with one message a call, without 'batch'");
}

// "{name}" in a topic is the name of the webhook.
void fill_in(std::string& topic, std::string_view name) {
    constexpr std::string_view mark = "{name}";
    if (const auto at = topic.find(mark); at != topic.npos)
        topic.replace(at, mark.size(), name);
}

template <class Names, class Enum>
std::string name_of(const Names& names, Enum which) {
    return std::string(names[static_cast<std::size_t>(which)]);
}

} // namespace

bool is_webhook_name(std::string_view name) {
    return !name.empty() && name.size() <= name_bytes_max && name != "." && name != ".." &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
           });
}

checked<definition> parse_definition(std::string_view name, std::string_view body,
                                     const definition* before) {
    if (!is_json(body))
        return unreadable("It is not JSON");
    const auto object = json::parse(body);
    if (!object.is_object())
        return unreadable("It is not a JSON object");
    definition made;
    made.name = name;
    made.dead_letter = "dead/{name}";
    member_reader from(object);
    read_members(from, before, made);
    from.refuse_others();
    if (from.failed())
        return unreadable(from.detail());
    fill_in(made.dead_letter, name);
    if (!mqtt::is_topic_name(made.dead_letter) || made.dead_letter.starts_with('$'))
        return unreadable("'dead_letter' is a topic name that does not begin with '$'");
    if (auto where = parse_target(made.url); !where)
        return where.error();
    return made;
}

nlohmann::json shown(const definition& what) {
    json out{{"name", what.name},
             {"url", what.url},
             {"filters", what.filters},
             {"qos", mqtt::to_number(what.qos)},
             {"format", name_of(format_names, what.format)},
             {"timeout", what.timeout.count()},
             {"max_inflight", what.max_inflight},
             {"order", name_of(order_names, what.order)},
             {"max_queued", what.max_queued},
             {"dead_letter", what.dead_letter},
             {"reply", what.reply}};
    if (what.batch_max != 0)
        out["batch"] = {{"max", what.batch_max}, {"linger_ms", what.linger.count()}};
    if (!what.secrets.empty())
        out["secret"] = secret_mask;
    return out;
}

std::string stored_text(const definition& what) {
    auto out = shown(what);
    out.erase("name");
    if (!what.secrets.empty())
        out["secret"] = what.secrets;
    const json kept{{"webhook", std::move(out)},
                    {"username", what.username},
                    {"realm", what.realm},
                    {"disabled", what.disabled}};
    return kept.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<definition> from_stored_text(std::string_view name, std::string_view text) {
    const auto kept = json::parse(text, nullptr, false);
    if (!kept.is_object() || !kept.contains("webhook"))
        return std::nullopt;
    auto made = parse_definition(name, kept["webhook"].dump(), nullptr);
    if (!made)
        return std::nullopt;
    made->username = kept.value("username", "");
    made->realm = kept.value("realm", std::uint16_t{0});
    made->disabled = kept.value("disabled", false);
    return std::move(*made);
}

} // namespace rest::webhooks
