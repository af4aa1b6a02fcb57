#include "gateway/contrast/contrast_desk.hpp"

#include "gateway/contrast/contrast_run.hpp"

#include <system_error>
#include <utility>

namespace gateway {
namespace {

constexpr std::chrono::seconds longest{10};

// Where a client on this machine reaches the listener.
std::string local_host(const boost::asio::ip::tcp::endpoint& where) {
    const auto address = where.address();
    if (!address.is_unspecified())
        return address.to_string();
    return address.is_v6() ? "::1" : "127.0.0.1";
}

rest::contrast_outcome outcome_of(const contrast_table& table) {
    using state = rest::contrast_outcome::state;
    if (table.rows.empty())
        return {state::impossible, table.notes.empty() ? "" : table.notes.front(), {}};
    return {state::measured, {}, contrast_json(table)};
}

} // namespace

void contrast_desk::opened(const listener& rules, const boost::asio::ip::tcp::endpoint& where) {
    if (rules.tls.any())
        return;
    const bool mqtt = rules.protocol == protocol::mqtt || rules.protocol == protocol::automatic;
    const bool http = rules.protocol == protocol::http || rules.protocol == protocol::automatic;
    if (!where_.local) { // the first one; until then the ports are those of nobody
        where_.local = true;
        where_.port = where_.http_port = 0;
    }
    if (mqtt && where_.port == 0) {
        where_.host = local_host(where);
        where_.port = where.port();
    }
    if (http && where_.http_port == 0) {
        where_.http_host = local_host(where);
        where_.http_port = where.port();
    }
}

contrast_question contrast_desk::question_of(rest::contrast_wanted wanted) const {
    auto asked = where_;
    asked.size = wanted.size;
    asked.receivers = wanted.receivers;
    asked.username = std::move(wanted.username);
    asked.password = std::move(wanted.password);
    return asked;
}

void contrast_desk::measure(rest::contrast_wanted wanted, answer told) {
    using state = rest::contrast_outcome::state;
    if (!where_.local || where_.port == 0)
        return told({state::impossible, "No listener speaks MQTT without TLS.", {}});
    if (busy_.exchange(true))
        return told({state::busy, {}, {}});
    const std::lock_guard alone(changing_);
    if (thread_.joinable())
        thread_.join(); // it has said its last word
    try {
        thread_ = std::thread([this, asked = question_of(std::move(wanted)), told] {
            const patience limit(longest, &ended_);
            const auto table = run_contrast(asked, limit);
            auto outcome = outcome_of(table);
            busy_ = false;
            told(std::move(outcome));
        });
    } catch (const std::system_error& failure) {
        busy_ = false;
        told({state::impossible, failure.what(), {}});
    }
}

void contrast_desk::stop() {
    ended_ = true;
    if (thread_.joinable())
        thread_.join();
}

} // namespace gateway
