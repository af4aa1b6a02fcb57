#include "rest/resources/topic_children.hpp"

#include "rest/base64.hpp"
#include "rest/history_access.hpp"
#include "rest/json_text.hpp"
#include "rest/query_options.hpp"
#include "rest/retained_list.hpp"
#include "rest/service_context.hpp"
#include "rest/time_text.hpp"
#include "rest/topic_address.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace rest {
namespace {

// Behind every topic that begins with a text: no topic holds this byte, as it is none of UTF-8.
constexpr char behind_all = '\xFF';

struct child {
    bool retained = false; // the topic has a value of its own
    bool has_children = false;
    std::optional<mqtt::wall_time> newest_at;
    std::uint64_t messages = 0; // in history, of the topic and those below it
    std::uint64_t bytes = 0;
    double rate = 0; // messages a second
};

using child_map = std::map<std::string, child, std::less<>>;

struct children_request {
    std::string prefix; // with its slash; empty: the first level
    std::string filter;
    std::string after; // children behind this one
    std::size_t limit = list_limit;
};

checked<children_request> read_request(const exchange& each) {
    children_request made;
    if (const auto* prefix = each.options.find("prefix");
        prefix != nullptr && !prefix->value.empty()) {
        auto topic = topic_from_query(prefix->raw);
        if (!topic)
            return topic.error();
        if (const auto fine = check_name(*topic); !fine)
            return fine.error();
        made.prefix = *topic + '/';
    }
    made.filter = made.prefix + '#';
    if (const auto depth = each.options.number("depth", 1, 1); !depth)
        return depth.error();
    const auto limit = each.options.number("limit", 1, 1'000'000'000);
    if (!limit)
        return limit.error();
    made.limit = std::min<std::uint64_t>(limit->value_or(list_limit), list_limit_max);
    if (const auto* cursor = each.options.find("cursor"); cursor != nullptr) {
        auto name = base64_decode(cursor->value);
        if (!name || !name->starts_with(made.prefix))
            return invalid_option("cursor", cursor->value, "what 'next' of the page before says");
        made.after = std::move(*name);
    }
    return made;
}

// The child of the prefix that the topic is, or stands below; nothing: it is the prefix itself.
std::optional<std::string_view> child_of(std::string_view topic, std::string_view prefix) {
    if (!topic.starts_with(prefix))
        return std::nullopt;
    return topic.substr(0, topic.find('/', prefix.size()));
}

void note_time(child& of, mqtt::wall_time at) {
    of.newest_at = of.newest_at ? std::max(*of.newest_at, at) : at;
}

// The children that have retained values: from each to the next, whatever stands below it. One more
// than the limit shows that there are more.
void add_retained(const mqtt::local_client& client, const children_request& request,
                  child_map& into) {
    std::string at = request.after;
    while (into.size() <= request.limit) {
        const auto page = client.retained_matching(request.filter, 1, at, false);
        if (page.messages.empty())
            return;
        const auto& found = *page.messages.front();
        const auto name = child_of(found.topic(), request.prefix);
        const bool is_child = name && *name == found.topic();
        at = is_child || !name ? std::string(found.topic()) : std::string(*name) + '/' + behind_all;
        if (!name || *name <= request.after)
            continue;
        auto& each = into[std::string(*name)]; // bound: the limit
        if (is_child) {
            each.retained = true;
            note_time(each, found.arrived());
        } else {
            each.has_children = true;
        }
    }
}

void add_history(const std::vector<mqtt::history_topic>& topics, const children_request& request,
                 child_map& into) {
    const auto now = std::chrono::system_clock::now();
    for (const auto& topic : topics) {
        const auto name = child_of(topic.topic, request.prefix);
        if (!name || *name <= request.after)
            continue;
        auto& each = into[std::string(*name)]; // bound: history_topics_per_query_max
        each.has_children = each.has_children || *name != topic.topic;
        each.messages += topic.messages;
        each.bytes += topic.bytes;
        note_time(each, topic.newest_at);
        const std::chrono::duration<double> kept_for = now - topic.oldest_at;
        if (kept_for.count() > 1)
            each.rate += static_cast<double>(topic.messages) / kept_for.count();
    }
}

void append_child(std::string& out, std::string_view name, const child& what, bool with_history,
                  std::size_t subscribers) {
    out += "{\"topic\":";
    append_json_string(out, name);
    out += what.retained ? ",\"retained\":true" : ",\"retained\":false";
    out += what.has_children ? ",\"children\":true" : ",\"children\":false";
    if (with_history) {
        out += ",\"messages\":";
        append_number(out, what.messages);
        out += ",\"bytes\":";
        append_number(out, what.bytes);
        out += ",\"rate\":";
        const auto thousandths = static_cast<std::uint64_t>(std::llround(what.rate * 1000));
        append_number(out, thousandths / 1000);
        out += '.';
        const auto digits = std::to_string(thousandths % 1000);
        out.append(3 - digits.size(), '0').append(digits);
    }
    if (what.newest_at) {
        out += ",\"last_ts\":\"";
        append_rfc3339(out, *what.newest_at);
        out += '"';
    }
    out += ",\"subscribers\":";
    append_number(out, subscribers);
    out += '}';
}

void show_children(exchange& each, const children_request& request, const child_map& found,
                   bool with_history, bool truncated) {
    const auto& client = each.connection.client();
    std::string out = "{\"data\":[";
    std::size_t count = 0;
    std::string_view last;
    for (const auto& [name, what] : found) {
        if (count == request.limit)
            break;
        out += count++ == 0 ? "\n" : ",\n";
        append_child(out, name, what, with_history, client.subscriber_count(name));
        last = name;
    }
    out += ']';
    auto& answer = each.answer;
    if (found.size() > request.limit) {
        const auto next = base64_url(last);
        out += ",\"next\":\"" + next + '"';
        answer.add("Link", "<" + uri_with(each, "cursor", next) + ">; rel=\"next\"");
    }
    if (truncated)
        out += ",\"truncated\":true";
    answer.add("Cache-Control", "no-cache");
    answer.set_body("application/json", out + "}\n");
}

} // namespace

boost::asio::awaitable<void> list_children(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::children); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto request = read_request(each);
    if (!request) {
        refuse(each, request.error());
        co_return;
    }
    auto& connection = each.connection;
    auto* past = connection.context().past;
    child_map found;
    bool truncated = false;
    if (past != nullptr) {
        const std::vector<std::string> filters{request->filter};
        const auto readable =
            co_await find_readable(connection, *past, filters, mqtt::history_topics_per_query_max);
        if (!readable) {
            refuse(each, readable.error());
            co_return;
        }
        add_history(readable->topics, *request, found);
        truncated = readable->truncated;
    }
    child_map retained;
    add_retained(connection.client(), *request, retained);
    for (const auto& [name, what] : retained) {
        auto& both = found[name]; // bound: what the two are bounded by
        both.retained = what.retained;
        both.has_children = both.has_children || what.has_children;
        if (what.newest_at)
            note_time(both, *what.newest_at);
    }
    show_children(each, *request, found, past != nullptr, truncated);
}

} // namespace rest
