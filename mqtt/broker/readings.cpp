#include "mqtt/broker/readings.hpp"

#include "mqtt/broker/broker.hpp"

#include <shared_mutex>

namespace mqtt {
namespace {

void add_shard(readings& into, const metrics& from) {
    for (const auto& row : metric_table) {
        const auto place = static_cast<std::size_t>(row.which);
        into.sums[place] += from.value(row.which);
        for (std::size_t how = 0; how < way_names.size(); ++how)
            into.by_way[place][how] += from.value(row.which, static_cast<way>(how));
    }
    into.http_seconds.add(from.http_seconds.read());
    into.publish_seconds.add(from.publish_seconds.read());
}

} // namespace

readings read_all(broker& hub) {
    auto& common = hub.shared();
    readings now;
    for (const auto* shard : common.counts)
        add_shard(now, *shard);
    now.shards = common.shards();
    {
        const std::shared_lock hold(common.lock);
        now.subscriptions = static_cast<std::int64_t>(common.subscriptions.size());
        now.shared_subscriptions = static_cast<std::int64_t>(common.subscriptions.shared_size());
        now.retained_messages = static_cast<std::int64_t>(common.retained.size());
        now.retained_bytes = static_cast<std::int64_t>(common.retained.payload_bytes());
    }
    const auto kept = common.kept.read_counts();
    now.keeps = common.kept.keeps();
    now.disk_full = !common.kept.has_room();
    now.changes_waiting = kept.changes_waiting;
    now.history_written = kept.history_written;
    now.commit_seconds = kept.commits;
    return now;
}

} // namespace mqtt
