#include "rest/session_document.hpp"

#include "mqtt/broker/local_client.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/envelope.hpp"
#include "rest/json_text.hpp"
#include "rest/percent.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace rest {
namespace {

using nlohmann::json;

// Said in full: JSON takes anything for a value of its own.
using read_json = checked<json>;

problem unreadable(std::string detail) {
    return {.id = problem_id::body_not_readable,
            .detail = std::move(detail),
            .hint = "The members are listed in /api/v1/openapi.json."};
}

// One object with no members but these. An empty body is an empty object.
read_json read_object(std::string_view body, std::initializer_list<std::string_view> members) {
    if (body.empty())
        return read_json(boost::system::in_place_value, json::object());
    auto read = is_json(body) ? json::parse(body, nullptr, false) : json();
    if (!read.is_object())
        return unreadable("The body is not a JSON object");
    for (const auto& [name, value] : read.items())
        if (std::find(members.begin(), members.end(), name) == members.end())
            return unreadable("'" + name + "' is not a member of this document");
    return read_json(boost::system::in_place_value, std::move(read));
}

// A whole number between low and high, if the member is there.
checked<std::optional<std::uint64_t>> read_number(const json& from, const char* name,
                                                  std::uint64_t low, std::uint64_t high) {
    const auto found = from.find(name);
    if (found == from.end())
        return std::optional<std::uint64_t>{};
    if (found->is_number_unsigned() && *found >= low && *found <= high)
        return std::optional(found->get<std::uint64_t>());
    return unreadable("'" + std::string(name) + "' is a whole number from " + std::to_string(low) +
                      " to " + std::to_string(high));
}

checked<bool> read_flag(const json& from, const char* name) {
    const auto found = from.find(name);
    if (found == from.end())
        return false;
    if (!found->is_boolean())
        return unreadable("'" + std::string(name) + "' is true or false");
    return found->get<bool>();
}

checked<mqtt::pull_subscription> read_subscription(const json& from) {
    constexpr std::array<std::string_view, 5> members{"filter", "qos", "rh", "rap", "nl"};
    if (!from.is_object() || !from.contains("filter") || !from["filter"].is_string())
        return unreadable("A subscription is an object with a 'filter'");
    for (const auto& [name, value] : from.items())
        if (std::find(members.begin(), members.end(), name) == members.end())
            return unreadable("'" + name + "' is not a member of a subscription");
    mqtt::pull_subscription made;
    made.filter = from["filter"].get<std::string>();
    if (!mqtt::is_subscription_filter(made.filter))
        return problem{.id = problem_id::topic_filter_invalid, .detail = made.filter};
    const auto qos = read_number(from, "qos", 0, 2);
    if (!qos)
        return problem{.id = problem_id::bad_qos, .detail = made.filter};
    made.qos = static_cast<mqtt::qos>(qos->value_or(1));
    const auto handling = read_number(from, "rh", 0, 2);
    if (!handling)
        return handling.error();
    made.retain_handling = static_cast<std::uint8_t>(handling->value_or(0));
    const auto as_published = read_flag(from, "rap");
    if (!as_published)
        return as_published.error();
    made.retain_as_published = *as_published;
    const auto no_local = read_flag(from, "nl");
    if (!no_local)
        return no_local.error();
    made.no_local = *no_local;
    if (made.no_local && mqtt::is_shared(made.filter)) // [MQTT-3.8.3-4]
        return problem{.id = problem_id::topic_filter_invalid,
                       .detail = "A shared subscription has no 'nl': " + made.filter};
    return made;
}

checked<std::vector<mqtt::pull_subscription>> read_list(const json& list) {
    if (!list.is_array())
        return unreadable("'subscriptions' is a list");
    if (list.size() > mqtt::pull_filters_max)
        return problem{.id = problem_id::too_many_filters,
                       .detail = "A session has at most " + std::to_string(mqtt::pull_filters_max) +
                                 " subscriptions"};
    std::vector<mqtt::pull_subscription> made;
    for (const auto& each : list) {
        auto one = read_subscription(each);
        if (!one)
            return one.error();
        const auto same = [&](const auto& other) { return other.filter == one->filter; };
        if (std::any_of(made.begin(), made.end(), same))
            return unreadable("'subscriptions' names a filter twice: " + one->filter);
        made.push_back(std::move(*one)); // bound: pull_filters_max
    }
    return made;
}

// The numbers of PUT, each with where it goes.
checked<void> read_terms(const json& from, mqtt::pull_terms& into) {
    const struct {
        const char* name;
        std::uint32_t low;
        std::uint32_t high;
        std::uint32_t& place;
    } rows[] = {{"expiry", 1, mqtt::pull_never_expires, into.expiry},
                {"max_queued", 1, UINT32_MAX, into.max_queued},
                {"lease", 1, lease_seconds_max, into.lease},
                {"max_deliveries", 0, deliveries_max, into.max_deliveries}};
    for (const auto& row : rows) {
        const auto number = read_number(from, row.name, row.low, row.high);
        if (!number)
            return number.error();
        if (*number)
            row.place = static_cast<std::uint32_t>(**number);
    }
    if (const auto found = from.find("overflow"); found != from.end()) {
        if (*found != "drop-oldest" && *found != "drop-newest")
            return unreadable("'overflow' is \"drop-oldest\" or \"drop-newest\"");
        into.drop_newest = *found == "drop-newest";
    }
    if (const auto found = from.find("dead_letter"); found != from.end()) {
        if (!found->is_string())
            return unreadable("'dead_letter' is a topic name");
        into.dead_letter = found->get<std::string>();
    }
    return {};
}

// "k7-1042": whether it looks like an id at all.
bool is_id_text(std::string_view text) {
    const auto dash = text.rfind('-');
    return dash != std::string_view::npos && dash != 0 && dash + 1 < text.size() &&
           text.find_first_not_of("0123456789", dash + 1) == std::string_view::npos;
}

checked<std::optional<std::uint64_t>> read_id(const json& from) {
    if (!from.is_string() || !is_id_text(from.get_ref<const std::string&>()))
        return unreadable("A message is named by its 'id', such as \"k7-1042\"");
    return mqtt::parse_public_id(from.get_ref<const std::string&>());
}

std::string_view name_of(naming what) {
    return what == naming::extend ? "lease" : "delay";
}

json document_of(const mqtt::pull_description& session) {
    json subscriptions = json::array();
    for (const auto& each : session.subscriptions)
        subscriptions.push_back({{"filter", each.filter},
                                 {"qos", mqtt::to_number(each.qos)},
                                 {"rap", each.retain_as_published},
                                 {"nl", each.no_local}});
    json made{{"id", session.id},
              {"subscriptions", std::move(subscriptions)},
              {"expiry", session.terms.expiry},
              {"overflow", session.terms.drop_newest ? "drop-newest" : "drop-oldest"},
              {"lease", session.terms.lease},
              {"max_deliveries", session.terms.max_deliveries},
              {"connected", session.connected},
              {"pending", session.pending},
              {"leased", session.leased},
              {"acknowledged", session.acknowledged},
              {"dropped", session.dropped},
              {"given_up", session.given_up}};
    if (session.terms.max_queued != 0)
        made["max_queued"] = session.terms.max_queued;
    if (!session.terms.dead_letter.empty())
        made["dead_letter"] = session.terms.dead_letter;
    return made;
}

std::string text_of(const json& document) {
    return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace

checked<std::string> session_id_of(std::string_view segment) {
    std::string id;
    if (!percent_decode(segment, id))
        return problem{.id = problem_id::bad_percent_escape, .detail = std::string(segment)};
    if (id.empty() || id.size() > session_id_bytes_max || !mqtt::is_utf8_string(id) ||
        mqtt::has_control_character(id))
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "A session's id has 1 to " + std::to_string(session_id_bytes_max) +
                                 " bytes of UTF-8 without control characters",
                       .reason = mqtt::reason::client_identifier_not_valid};
    return id;
}

checked<session_wish> read_session_wish(std::string_view body, const std::string& id) {
    const auto read = read_object(body, {"subscriptions", "expiry", "max_queued", "overflow",
                                         "lease", "max_deliveries", "dead_letter"});
    if (!read)
        return read.error();
    session_wish made;
    if (const auto fine = read_terms(*read, made.terms); !fine)
        return fine.error();
    if (const auto found = read->find("subscriptions"); found != read->end()) {
        auto list = read_list(*found);
        if (!list)
            return list.error();
        made.subscriptions = std::move(*list);
    }
    if (made.terms.dead_letter.empty())
        return made;
    const auto topic = mqtt::dead_letter_topic(made.terms, id);
    if (!mqtt::is_topic_name(topic) || mqtt::has_control_character(topic))
        return problem{.id = problem_id::topic_name_invalid, .detail = "dead_letter: " + topic};
    for (const auto& each : made.subscriptions.value_or(std::vector<mqtt::pull_subscription>{}))
        if (mqtt::matches(each.filter, topic))
            return unreadable("The dead letters of the session would come back to it: " +
                              each.filter);
    return made;
}

checked<std::vector<mqtt::pull_subscription>> read_subscriptions(std::string_view body) {
    const auto read = read_object(body, {"subscriptions"});
    if (!read)
        return read.error();
    if (!read->contains("subscriptions"))
        return unreadable("'subscriptions' is missing");
    return read_list((*read)["subscriptions"]);
}

checked<pull_wish> read_pull_wish(std::string_view body) {
    const auto read = read_object(body, {"max", "lease", "wait"});
    if (!read)
        return read.error();
    pull_wish made;
    const auto max = read_number(*read, "max", 1, mqtt::pull_messages_max);
    if (!max)
        return max.error();
    made.max = max->value_or(messages_by_default);
    const auto lease = read_number(*read, "lease", 1, lease_seconds_max);
    if (!lease)
        return lease.error();
    if (*lease)
        made.lease = std::chrono::seconds(**lease);
    const auto wait = read_number(*read, "wait", 0, lease_seconds_max);
    if (!wait)
        return wait.error();
    if (*wait)
        made.wait = std::chrono::seconds(**wait);
    return made;
}

checked<named_messages> read_named_messages(std::string_view body, naming what) {
    const bool may_be_up_to = what == naming::acknowledge;
    const auto read = read_object(
        body, {"ids", may_be_up_to ? "upto" : "ids", may_be_up_to ? "ids" : name_of(what)});
    if (!read)
        return read.error();
    named_messages made;
    made.by_up_to = read->contains("upto");
    if (made.by_up_to == read->contains("ids"))
        return unreadable(may_be_up_to ? "Either 'upto' or 'ids' names the messages"
                                       : "'ids' names the messages");
    if (made.by_up_to) {
        const auto id = read_id((*read)["upto"]);
        if (!id)
            return id.error();
        made.up_to = *id;
        return made;
    }
    const auto& ids = (*read)["ids"];
    if (!ids.is_array() || ids.size() > mqtt::pull_messages_max)
        return unreadable("'ids' is a list of at most " + std::to_string(mqtt::pull_messages_max));
    for (const auto& each : ids) {
        const auto id = read_id(each);
        if (!id)
            return id.error();
        if (*id)
            made.ids.push_back(**id); // bound: pull_messages_max
    }
    const bool extends = what == naming::extend;
    const auto seconds = read_number(*read, extends ? "lease" : "delay", extends ? 1 : 0,
                                     extends ? lease_seconds_max : delay_seconds_max);
    if (!seconds)
        return seconds.error();
    if (extends && *seconds)
        made.lease = std::chrono::seconds(**seconds);
    made.delay = std::chrono::seconds(extends ? 0 : seconds->value_or(0));
    return made;
}

void append_pulled_message(std::string& out, const mqtt::pull_message& what, bool parse) {
    append_envelope(out, *what.what, what.qos, what.retain, parse);
    out.pop_back(); // the brace
    if (what.deliveries != 0) {
        out += R"(,"deliveries":)";
        append_number(out, what.deliveries);
    }
    out += what.dup ? R"(,"dup":true})" : "}";
}

std::string messages_document(const mqtt::pull_batch& batch, bool parse) {
    std::string out = R"({"messages":[)";
    for (const auto& each : batch.messages) {
        if (out.back() != '[')
            out += ',';
        append_pulled_message(out, each, parse);
    }
    out += R"(],"pending":)";
    append_number(out, batch.pending);
    out += "}\n";
    return out;
}

std::string session_document(const mqtt::pull_description& session) {
    return text_of(document_of(session));
}

std::string session_list_document(std::span<const mqtt::pull_description> sessions) {
    json list = json::array();
    for (const auto& each : sessions)
        list.push_back(document_of(each)); // bound: pull_sessions_per_user_max
    return text_of({{"data", std::move(list)}});
}

std::string results_document(std::span<const std::string> filters,
                             std::span<const mqtt::reason> reasons) {
    json list = json::array();
    for (std::size_t i = 0; i < filters.size() && i < reasons.size(); ++i)
        list.push_back({{"filter", filters[i]},
                        {"reason_code", mqtt::to_byte(reasons[i])}}); // bound: pull_filters_max
    return text_of({{"results", std::move(list)}});
}

std::string count_document(std::string_view name, std::size_t count) {
    return text_of({{std::string(name), count}});
}

} // namespace rest
