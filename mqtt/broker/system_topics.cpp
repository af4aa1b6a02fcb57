#include "mqtt/broker/system_topics.hpp"

#include "sluice_version.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <malloc.h>
#include <shared_mutex>
#include <utility>

namespace mqtt {
namespace {

constexpr std::string_view root = "$SYS/broker/";
constexpr std::array<std::pair<std::string_view, double>, 3> spans{
    {{"1min", 60.0}, {"5min", 300.0}, {"15min", 900.0}}};

std::int64_t heap_bytes() {
    const auto heap = mallinfo2();
    return static_cast<std::int64_t>(heap.uordblks + heap.hblkhd);
}

std::string with_two_decimals(double number) {
    char text[64];
    std::snprintf(text, sizeof text, "%.2f", number);
    return text;
}

} // namespace

void system_topics::advance(steady_time now) {
    if (common_.bounds.sys_interval.count() == 0)
        return;
    if (!begun_) {
        begun_ = true;
        began_ = told_at_ = now;
        tell("version", "sluice version " SLUICE_VERSION);
        return;
    }
    if (now - told_at_ >= common_.bounds.sys_interval)
        sample(now);
}

void system_topics::sample(steady_time now) {
    using namespace std::chrono;
    const auto passed = duration<double>(now - std::exchange(told_at_, now)).count();
    at_ = 1; // the version stands first, and stays
    tell("uptime", std::to_string(duration_cast<seconds>(now - began_).count()) + " seconds");
    publish_counts();
    publish_loads(passed);
    publish_store();
}

void system_topics::publish_counts() {
    for (const auto& row : metric_table)
        if (!row.system_topic.empty())
            tell(row.system_topic, common_.count(row.which));
    const auto connected = common_.count(metric::clients_connected);
    const auto away = common_.count(metric::sessions) - connected;
    clients_max_ = std::max(clients_max_, connected);
    tell("clients/active", connected);
    tell("clients/disconnected", away);
    tell("clients/inactive", away);
    tell("clients/maximum", clients_max_);
    const auto heap = heap_bytes();
    heap_max_ = std::max(heap_max_, heap);
    tell("heap/current", heap);
    tell("heap/maximum", heap_max_);
}

void system_topics::publish_loads(double seconds) {
    for (const auto& row : metric_table) {
        if (row.load.empty())
            continue;
        auto& known = averages_[static_cast<std::size_t>(row.which)];
        const auto count = common_.count(row.which);
        const auto rate =
            static_cast<double>(count - std::exchange(known.last, count)) * 60.0 / seconds;
        for (std::size_t i = 0; i < spans.size(); ++i) {
            const auto weight = std::exp(-seconds / spans[i].second);
            auto& mean = known.per_minute[i];
            mean = rate + weight * (mean - rate);
            std::string topic = "load/";
            topic.append(row.load).append("/").append(spans[i].first);
            tell(topic, with_two_decimals(mean));
        }
    }
}

void system_topics::publish_store() {
    std::int64_t subscriptions = 0;
    std::int64_t shared = 0;
    std::int64_t retained = 0;
    std::int64_t retained_bytes = 0;
    {
        const std::shared_lock hold(common_.lock);
        subscriptions = static_cast<std::int64_t>(common_.subscriptions.size());
        shared = static_cast<std::int64_t>(common_.subscriptions.shared_size());
        retained = static_cast<std::int64_t>(common_.retained.size());
        retained_bytes = static_cast<std::int64_t>(common_.retained.payload_bytes());
    }
    tell("subscriptions/count", subscriptions);
    tell("shared_subscriptions/count", shared);
    tell("retained messages/count", retained);
    tell("store/messages/count", retained + common_.count(metric::messages_queued));
    tell("store/messages/bytes", retained_bytes);
    tell("messages/stored", retained + common_.count(metric::messages_queued));
}

// The topics come in the same order each time, so the last text of each lies at its place.
void system_topics::tell(std::string_view topic, std::string text) {
    if (at_ == told_.size())
        told_.emplace_back(topic, std::string());
    auto& last = told_[at_++].second;
    if (last == text)
        return;
    last = std::move(text);
    std::string name(root);
    name += topic;
    if (!common_.asks_others)
        return publish(name, last);
    way_.when_decided(name, [this, name, kept = last] { publish(name, kept); });
}

void system_topics::publish(std::string_view topic, std::string_view text) {
    publication what;
    what.topic = topic;
    what.payload = text;
    what.qos = qos::exactly_once; // a subscriber gets the QoS that it was granted
    what.retain = true;
    way_.publish(what, {});
}

} // namespace mqtt
