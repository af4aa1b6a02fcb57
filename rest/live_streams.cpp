#include "rest/live_streams.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace rest {
namespace {

// "203.0.113.7" of "203.0.113.7:51234". Whoever has an IPv6 address has all of its /64.
std::string address_alone(std::string_view peer) {
    auto host = peer.substr(0, peer.rfind(':'));
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    boost::system::error_code failure;
    const auto address = boost::asio::ip::make_address(std::string(host), failure);
    if (failure || !address.is_v6())
        return std::string(failure ? peer : host);
    auto bytes = address.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return boost::asio::ip::address_v6(bytes).to_string();
}

} // namespace

stream_owner owner_of(const mqtt::identity& who) {
    return {who.anonymous() ? address_alone(who.address) : who.username, who.anonymous(),
            who.realm};
}

live_stream::live_stream(std::string id, std::string transport, const mqtt::identity& who,
                         boost::asio::any_io_executor home)
    : id_(std::move(id)), transport_(std::move(transport)), who_(who),
      since_(std::chrono::system_clock::now()), home_(std::move(home)) {}

stream_row live_stream::row() const {
    stream_row made{id_, transport_, who_, since_, {}};
    made.messages = messages_.load(std::memory_order_relaxed);
    made.bytes = bytes_.load(std::memory_order_relaxed);
    made.dropped = dropped_.load(std::memory_order_relaxed);
    const std::lock_guard hold(lock_);
    made.filters = filters_;
    return made;
}

void live_stream::at_home(std::function<void(stream_control*)> work) {
    boost::asio::post(
        home_, [self = shared_from_this(), work = std::move(work)] { work(self->control_); });
}

void live_stream::set_filters(std::vector<std::string> filters) {
    const std::lock_guard hold(lock_);
    filters_ = std::move(filters);
}

void live_stream::count(std::uint64_t messages, std::uint64_t bytes, std::uint64_t dropped) {
    messages_.fetch_add(messages, std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
    dropped_.fetch_add(dropped, std::memory_order_relaxed);
}

stream_place::stream_place(std::shared_ptr<live_streams> all, std::shared_ptr<live_stream> one)
    : all_(std::move(all)), one_(std::move(one)) {}

stream_place::~stream_place() {
    if (!all_)
        return;
    one_->set_control(nullptr);
    all_->leave(*one_, hushed_);
}

void stream_place::hush(std::uint64_t subscription) {
    hushed_.push_back(subscription); // bound: subscriptions of one stream
    all_->hush(*one_, subscription);
}

std::optional<stream_place> live_streams::open(std::string id, std::string transport,
                                               const mqtt::identity& who,
                                               boost::asio::any_io_executor home,
                                               std::size_t per_owner_max) {
    auto made =
        std::make_shared<live_stream>(std::move(id), std::move(transport), who, std::move(home));
    auto owner = owner_of(who);
    const std::lock_guard hold(lock_);
    if (streams_.size() >= live_streams_max)
        return std::nullopt;
    const auto known = owners_.find(owner);
    if (per_owner_max != 0 && known != owners_.end() && known->second.streams >= per_owner_max)
        return std::nullopt;
    ++owners_[std::move(owner)].streams;
    streams_.emplace(made->id(), made);
    size_.store(streams_.size(), std::memory_order_relaxed);
    return stream_place(shared_from_this(), std::move(made));
}

void live_streams::leave(const live_stream& one, const std::vector<std::uint64_t>& hushed) {
    const std::lock_guard hold(lock_);
    streams_.erase(one.id());
    size_.store(streams_.size(), std::memory_order_relaxed);
    const auto at = owners_.find(owner_of(one.who()));
    if (at == owners_.end())
        return;
    for (const auto each : hushed)
        hushed_.fetch_sub(std::erase(at->second.hushed, each), std::memory_order_relaxed);
    if (--at->second.streams == 0)
        owners_.erase(at);
}

void live_streams::hush(const live_stream& one, std::uint64_t subscription) {
    const std::lock_guard hold(lock_);
    owners_[owner_of(one.who())].hushed.push_back(subscription); // bound: see presence
    hushed_.fetch_add(1, std::memory_order_relaxed);
}

std::shared_ptr<live_stream> live_streams::find(std::string_view id) const {
    const std::lock_guard hold(lock_);
    const auto at = streams_.find(id);
    return at == streams_.end() ? nullptr : at->second;
}

std::vector<std::shared_ptr<live_stream>>
live_streams::all(std::string_view after, std::size_t limit,
                  const std::function<bool(const live_stream&)>& wanted) const {
    std::vector<std::shared_ptr<live_stream>> found;
    const std::lock_guard hold(lock_);
    for (auto at = streams_.upper_bound(after); at != streams_.end() && found.size() < limit; ++at)
        if (wanted(*at->second))
            found.push_back(at->second); // bound: limit
    return found;
}

std::vector<std::uint64_t> live_streams::hushed_for(const mqtt::identity& who) const {
    if (hushed_.load(std::memory_order_relaxed) == 0)
        return {};
    const std::lock_guard hold(lock_);
    const auto at = owners_.find(owner_of(who));
    return at == owners_.end() ? std::vector<std::uint64_t>{} : at->second.hushed;
}

void live_streams::note_expired(std::string_view credentials) {
    if (credentials.empty())
        return;
    const std::lock_guard hold(lock_);
    if (expired_.size() >= expired_credentials_max)
        expired_.clear(); // who comes back after that hears 401 instead of 204
    expired_.emplace(std::hash<std::string_view>()(credentials), true);
}

bool live_streams::has_expired(std::string_view credentials) const {
    const std::lock_guard hold(lock_);
    return expired_.contains(std::hash<std::string_view>()(credentials));
}

} // namespace rest
