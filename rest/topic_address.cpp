#include "rest/topic_address.hpp"

#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/percent.hpp"

#include <algorithm>

namespace rest {

const std::string_view slash_hint =
    "The path ends in '/'. A '#' ends a URL for most clients and may have been cut off: write "
    "%23, or ?tree.";

namespace {

problem bad_escape(std::string_view raw) {
    return {.id = problem_id::bad_percent_escape,
            .detail = std::string(raw),
            .hint = "A percent sign itself is written %25."};
}

// The rules that names and filters share. Empty: nothing is wrong.
std::string fault_of(std::string_view text) {
    if (text.empty())
        return "The topic is empty";
    if (text.size() > mqtt::topic_bytes_max)
        return "The topic is longer than 65535 bytes";
    if (!mqtt::is_utf8_string(text))
        return "The topic is not UTF-8, or holds a zero";
    if (mqtt::has_control_character(text))
        return "The topic holds a control character";
    if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '/')) >= uri_levels_max)
        return "The topic has more than 64 levels";
    return {};
}

// "?tree" and "?depth=1": what they append to the topic.
checked<std::string_view> suffix_of(const query& options) {
    const auto tree = options.flag("tree");
    if (!tree)
        return tree.error();
    const auto depth = options.number("depth", 1, 1);
    if (!depth)
        return depth.error();
    if (*tree && *depth)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "?tree and ?depth together",
                       .hint = "Give one of the two."};
    return *tree ? std::string_view("#") : *depth ? std::string_view("+") : std::string_view();
}

// The filter below a topic; below nothing it is all there is.
std::string below(std::string topic, std::string_view suffix) {
    if (!topic.empty())
        topic += '/';
    return topic.append(suffix);
}

problem nothing_named() {
    return {.id = problem_id::topic_name_invalid,
            .detail = "The request names no topic",
            .hint = "Put it into the path, or use ?topic=, ?filter=, or ?tree for everything."};
}

problem both_forms() {
    return {.id = problem_id::invalid_parameter,
            .detail = "The topic is given twice",
            .hint = "It stands in the path, in ?topic= or in ?filter=."};
}

// The topic of the path or of ?topic=, decoded, not yet checked. Nothing: neither is there.
checked<std::optional<std::string>> topic_text(std::optional<std::string_view> path,
                                               const query& options) {
    const auto* named = options.find("topic");
    if (path && (named != nullptr || options.find("filter") != nullptr))
        return both_forms();
    const auto& all = options.options();
    if (std::count_if(all.begin(), all.end(),
                      [](const auto& option) { return option.name == "topic"; }) > 1)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "'topic' is given twice",
                       .hint = "Several topics are read with ?filter=, once for each."};
    if (!path && named == nullptr)
        return std::optional<std::string>{};
    auto text = path ? topic_from_path(*path) : topic_from_query(named->raw);
    if (!text)
        return text.error();
    return std::optional<std::string>{std::move(*text)};
}

checked<std::vector<std::string>> filters_of(const query& options) {
    std::vector<std::string> filters;
    for (const auto& option : options.options()) {
        if (option.name != "filter")
            continue;
        if (filters.size() == filters_max)
            return problem{.id = problem_id::too_many_filters,
                           .hint = "At most 100 in one request."};
        auto filter = topic_from_query(option.raw);
        if (!filter)
            return filter.error();
        if (auto fine = check_filter(*filter); !fine)
            return fine.error();
        filters.push_back(std::move(*filter));
    }
    return filters;
}

// ?filter=, repeated as wanted.
checked<topic_address> address_by_filters(const query& options, std::string_view suffix) {
    if (options.find("topic") != nullptr)
        return both_forms();
    if (!suffix.empty())
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "?filter with ?tree or ?depth",
                       .hint = "A filter says by itself how deep it goes."};
    auto filters = filters_of(options);
    if (!filters)
        return filters.error();
    topic_address made;
    made.filters = std::move(*filters);
    return made;
}

} // namespace

checked<std::string> topic_from_path(std::string_view raw) {
    std::string text;
    if (!percent_decode(raw, text))
        return bad_escape(raw);
    return text;
}

checked<std::string> topic_from_query(std::string_view raw) {
    std::string text;
    std::vector<std::size_t> pluses; // where a '+' stood that was not written %2B
    for (auto rest = raw;;) {
        const auto plus = rest.find('+');
        if (!percent_decode(rest.substr(0, plus), text))
            return bad_escape(raw);
        if (plus == std::string_view::npos)
            break;
        pluses.push_back(text.size());
        text += '+';
        rest.remove_prefix(plus + 1);
    }
    for (const auto at : pluses) {
        const bool begins = at == 0 || text[at - 1] == '/';
        const bool ends = at + 1 == text.size() || text[at + 1] == '/';
        if (!begins || !ends)
            text[at] = ' ';
    }
    return text;
}

checked<void> check_name(std::string_view name) {
    if (auto fault = fault_of(name); !fault.empty())
        return problem{.id = problem_id::topic_name_invalid, .detail = std::move(fault)};
    if (mqtt::has_wildcard(name))
        return problem{.id = problem_id::wildcard_in_topic_name,
                       .detail = std::string(name),
                       .hint = "To read all topics that match use GET."};
    return {};
}

checked<void> check_filter(std::string_view filter) {
    const auto refuse = [&](std::string detail, std::string hint) {
        return problem{.id = problem_id::topic_filter_invalid,
                       .detail = std::move(detail),
                       .hint = std::move(hint)};
    };
    if (auto fault = fault_of(filter); !fault.empty())
        return refuse(std::move(fault), {});
    if (mqtt::is_shared(filter))
        return problem{.id = problem_id::not_supported,
                       .detail = std::string(filter),
                       .hint = "Shared subscriptions are for MQTT clients so far.",
                       .reason = mqtt::reason::shared_subscriptions_not_supported};
    if (!mqtt::is_topic_filter(filter))
        return refuse(std::string(filter),
                      "'+' stands alone in its level, '#' alone in the last one.");
    return {};
}

checked<topic_address> address_to_read(std::optional<std::string_view> path, const query& options) {
    const auto suffix = suffix_of(options);
    if (!suffix)
        return suffix.error();
    if (!path && options.find("filter") != nullptr)
        return address_by_filters(options, *suffix);
    auto text = topic_text(path, options);
    if (!text)
        return text.error();
    topic_address made;
    made.slash_at_end = path && (path->empty() || path->ends_with('/'));
    if (!*text && suffix->empty())
        return nothing_named();
    auto topic = text->value_or("");
    const bool by_name = !path && *text;
    if (suffix->empty() && !mqtt::is_shared(topic) && (by_name || !mqtt::has_wildcard(topic))) {
        if (auto fine = check_name(topic); !fine) {
            auto fault = fine.error();
            if (made.slash_at_end)
                fault.hint = slash_hint;
            else if (by_name && mqtt::has_wildcard(topic))
                fault.hint = "?topic= takes a name; wildcards go into ?filter=.";
            return fault;
        }
        made.name = std::move(topic);
        return made;
    }
    auto filter = suffix->empty() ? std::move(topic) : below(std::move(topic), *suffix);
    if (auto fine = check_filter(filter); !fine)
        return fine.error();
    made.filters.push_back(std::move(filter));
    return made;
}

checked<topic_address> address_to_publish(std::optional<std::string_view> path,
                                          const query& options) {
    const auto suffix = suffix_of(options);
    if (!suffix)
        return suffix.error();
    if (!suffix->empty() || options.find("filter") != nullptr)
        return problem{.id = problem_id::wildcard_in_topic_name,
                       .detail = "?tree, ?depth and ?filter select many topics",
                       .hint = "A message is published to one topic."};
    auto text = topic_text(path, options);
    if (!text)
        return text.error();
    if (!*text)
        return nothing_named();
    topic_address made;
    made.slash_at_end = path && (path->empty() || path->ends_with('/'));
    if (auto fine = check_name(**text); !fine) {
        auto fault = fine.error();
        if (made.slash_at_end && fault.hint.empty())
            fault.hint = slash_hint;
        return fault;
    }
    made.name = std::move(**text);
    return made;
}

std::string topic_uri(std::string_view topic) {
    bool dotted = false;
    std::optional<std::string_view> rest = topic;
    while (rest) {
        const auto level = mqtt::next_level(rest);
        dotted = dotted || level == "." || level == "..";
    }
    std::string out = dotted ? "/topics?topic=" : "/topics/";
    std::size_t from = 0;
    for (std::size_t i = 0; i <= topic.size(); ++i) {
        if (i < topic.size() && topic[i] != '/')
            continue;
        append_uri_text(out, topic.substr(from, i - from));
        if (i < topic.size())
            out += dotted ? "%2F" : "/";
        from = i + 1;
    }
    return out;
}

std::string topic_option_uri(std::string_view topic, std::string_view option) {
    auto uri = topic_uri(topic);
    uri += uri.find('?') == std::string::npos ? '?' : '&';
    return uri.append(option);
}

} // namespace rest
