#include "rest/webhooks/delivery_log.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace rest::webhooks {
namespace {

std::size_t bytes_of(const delivery_record& what) {
    return std::accumulate(what.failed.messages.begin(), what.failed.messages.end(), std::size_t{0},
                           [](std::size_t sum, const queued_message& each) {
                               return sum + each.what->payload().size() +
                                      each.what->topic().size() + each.what->properties().size();
                           });
}

} // namespace

void delivery_log::note_delivered(delivery_record what) {
    delivered_.push_back(std::move(what));
    if (delivered_.size() > delivered_max)
        delivered_.pop_front();
}

void delivery_log::note_failed(delivery_record what) {
    failed_bytes_ += bytes_of(what);
    failed_.push_back(std::move(what));
    while (failed_.size() > failed_max || failed_bytes_ > failed_bytes_max) {
        failed_bytes_ -= bytes_of(failed_.front());
        failed_.pop_front();
    }
}

std::optional<delivery> delivery_log::take_failed(std::string_view id) {
    const auto found = std::find_if(failed_.begin(), failed_.end(),
                                    [id](const auto& each) { return each.id == id; });
    if (found == failed_.end())
        return std::nullopt;
    failed_bytes_ -= bytes_of(*found);
    auto taken = std::move(found->failed);
    failed_.erase(found);
    return taken;
}

} // namespace rest::webhooks
