#include "rest/replay.hpp"

#include "rest/history_access.hpp"
#include "rest/service_context.hpp"
#include "rest/time_option.hpp"

#include <algorithm>
#include <utility>

namespace rest {
namespace {

bool are_covered(const mqtt::history& past, const std::vector<std::string>& filters) {
    return std::all_of(filters.begin(), filters.end(),
                       [&](const auto& filter) { return mqtt::is_covered(past.rules(), filter); });
}

// When very many come back at once, more questions come than history lets wait. Nobody is told of a
// gap for that: the question is put again, for a while.
constexpr std::chrono::milliseconds busy_pause{20};
constexpr std::chrono::seconds busy_patience{30};

// Waits a moment; false: it has been long enough, or nobody wants to know any more.
boost::asio::awaitable<bool> wait_for_history(http_connection& connection,
                                              mqtt::steady_time until) {
    const auto now = std::chrono::steady_clock::now();
    auto& context = connection.context();
    if (now >= until || connection.over() || context.stopping)
        co_return false;
    const std::chrono::milliseconds jitter(context.random() % 64U);
    co_await connection.sleep_until(now + busy_pause + jitter);
    co_return !connection.over();
}

} // namespace

checked<resume_point> read_resume(const request& asked, const query& options, mqtt::wall_time now) {
    resume_point made;
    const auto* after = options.find("after");
    const auto since = time_option(options, "since", now);
    if (!since)
        return since.error();
    if (after != nullptr && *since)
        return problem{.id = problem_id::invalid_parameter,
                       .detail = "'after' and 'since' together"};
    if (after != nullptr && after->value.empty())
        return invalid_option("after", "", "the id of a message");
    made.text = asked.field("Last-Event-ID");
    if (made.text.empty() && after != nullptr)
        made.text = after->value;
    if (!made.text.empty()) {
        made.after = mqtt::parse_public_id(made.text);
        return made;
    }
    if (*since) {
        made.text = options.find("since")->value;
        made.since = (*since)->when;
    }
    return made;
}

replay::replay(http_connection& connection, mqtt::history* past, std::vector<std::string> filters,
               const resume_point& from)
    : connection_(connection), past_(past), filters_(std::move(filters)),
      by_id_(from.after.has_value()),
      possible_(past != nullptr && (from.after || from.since) && are_covered(*past, filters_)),
      begun_after_(from.after.value_or(0)) {
    wanted_.after = begun_after_;
    wanted_.since = from.since;
    wanted_.fresh = true;
}

void replay::note(std::uint64_t id) {
    newest_told_ = std::max(newest_told_, id);
    told_.insert(id);
    if (told_.size() < replay_overlap + replay_page)
        return;
    const auto oldest = newest_told_ - std::min(newest_told_, replay_overlap);
    boost::unordered::erase_if(told_, [oldest](std::uint64_t each) { return each < oldest; });
}

boost::asio::awaitable<checked<replay::part>> replay::next(std::size_t limit) {
    part made;
    const auto until = std::chrono::steady_clock::now() + busy_patience;
    auto readable =
        co_await find_readable(connection_, *past_, filters_, mqtt::history_topics_per_query_max);
    while (!readable && readable.error().id == problem_id::server_busy) {
        const bool again = co_await wait_for_history(connection_, until);
        if (!again)
            break;
        readable = co_await find_readable(connection_, *past_, filters_,
                                          mqtt::history_topics_per_query_max);
    }
    if (!readable)
        co_return readable.error();
    if (readable->truncated)
        co_return too_many_topics(mqtt::history_topics_per_query_max);
    wanted_.topics.clear();
    for (auto& each : readable->topics) {
        made.gap = made.gap || each.trimmed_to > wanted_.after;
        wanted_.topics.push_back(std::move(each.topic));
    }
    made.gap = by_id_ && (made.gap || readable->forgotten_to > wanted_.after);
    wanted_.limit = limit;
    auto page = co_await find_messages(connection_, *past_, wanted_);
    while (!page && page.error() == mqtt::reason::server_busy) {
        const bool again = co_await wait_for_history(connection_, until);
        if (!again)
            break;
        page = co_await find_messages(connection_, *past_, wanted_);
    }
    if (!page)
        co_return history_problem(page.error());
    made.last = !page->truncated;
    const auto now = std::chrono::steady_clock::now();
    for (auto& each : page->messages) {
        wanted_.after = each->id();
        if (has_told(each->id()))
            continue;
        note(each->id());
        if (each->expires_at() > now)
            made.messages.push_back(std::move(each)); // bound: limit
    }
    co_return made;
}

void replay::again() {
    const auto from = newest_told_ - std::min(newest_told_, replay_overlap);
    wanted_.after = std::max(begun_after_, from);
}

} // namespace rest
