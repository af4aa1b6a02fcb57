#include "rest/webhooks/description.hpp"

#include "rest/time_text.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace rest::webhooks {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> state_names{"pending", "delivered", "failed"};

std::string time_text(mqtt::wall_time when) {
    std::string text;
    append_rfc3339(text, when);
    return text;
}

std::string text_of(const json& what) {
    return what.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string_view state_of(const runner& what, std::string_view trouble) {
    if (what.terms().disabled)
        return "disabled";
    return what.is_failing() ? "failing" : trouble.empty() ? "active" : "blocked";
}

json one_finished(const delivery_record& what, delivery_state state) {
    json out{{"id", what.id},
             {"state", state_names[static_cast<std::size_t>(state)]},
             {"topic", what.topic},
             {"messages", what.messages},
             {"attempts", what.tries},
             {"at", time_text(what.at)},
             {"took_ms", what.took.count()}};
    if (what.status != 0)
        out["status"] = what.status;
    if (!what.error.empty())
        out["error"] = what.error;
    return out;
}

json one_pending(const delivery& what, const moment& now) {
    json out{{"id", what.id},
             {"state", "pending"},
             {"topic", std::string(what.messages.front().what->topic())},
             {"messages", what.messages.size()},
             {"attempts", what.tries},
             {"in_flight", what.in_flight}};
    if (!what.last_error.empty())
        out["error"] = what.last_error;
    if (!what.in_flight)
        out["next_at"] =
            time_text(now.wall + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                     what.due - now.steady));
    return out;
}

} // namespace

std::optional<delivery_state> parse_state(std::string_view text) {
    for (std::size_t i = 0; i < state_names.size(); ++i)
        if (state_names[i] == text)
            return static_cast<delivery_state>(i);
    return std::nullopt;
}

std::string describe(const runner& what, std::size_t queued, std::string_view trouble,
                     const moment& now) {
    const auto& counts = what.counts();
    json status{{"state", state_of(what, trouble)},
                {"queued", queued + what.extras()},
                {"in_flight", what.queue().in_flight()},
                {"pending", what.queue().deliveries().size()},
                {"delivered", counts.delivered},
                {"failed", counts.failed},
                {"rate", what.rate(now.wall)}};
    if (!trouble.empty())
        status["trouble"] = trouble;
    if (counts.last_success)
        status["last_success"] = time_text(*counts.last_success);
    if (counts.last_failure)
        status["last_failure"] = time_text(*counts.last_failure);
    if (!counts.last_error.empty())
        status["last_error"] = counts.last_error;
    auto out = shown(what.terms());
    out["status"] = std::move(status);
    return text_of(out);
}

std::string describe_deliveries(const runner& what, std::optional<delivery_state> only,
                                std::size_t limit, const moment& now) {
    auto list = json::array();
    bool truncated = false;
    const auto add = [&](delivery_state state, const auto& all, const auto& show) {
        if (only && *only != state)
            return;
        for (auto each = all.rbegin(); each != all.rend(); ++each) {
            if (list.size() == limit) {
                truncated = true;
                return;
            }
            list.push_back(show(*each)); // bound: limit
        }
    };
    add(delivery_state::pending, what.queue().deliveries(),
        [&now](const auto& each) { return one_pending(each.second, now); });
    add(delivery_state::failed, what.log().failed(),
        [](const auto& each) { return one_finished(each, delivery_state::failed); });
    add(delivery_state::delivered, what.log().delivered(),
        [](const auto& each) { return one_finished(each, delivery_state::delivered); });
    json out{{"data", std::move(list)}};
    if (truncated)
        out["truncated"] = true;
    return text_of(out);
}

} // namespace rest::webhooks
