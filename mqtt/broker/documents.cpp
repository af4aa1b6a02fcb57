#include "mqtt/broker/documents.hpp"

#include "mqtt/broker/broker.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace mqtt {
namespace {

bool has_expired(const documents::entry& one, wall_time now) {
    return one.expires_at && *one.expires_at <= now;
}

} // namespace

std::optional<documents::entry> documents::find(std::string_view kind,
                                                std::string_view name) const {
    const std::lock_guard hold(lock_);
    const auto those = kinds_.find(kind);
    if (those == kinds_.end())
        return std::nullopt;
    const auto found = those->second.find(name);
    if (found == those->second.end() ||
        has_expired(found->second, std::chrono::system_clock::now()))
        return std::nullopt;
    return found->second;
}

std::vector<documents::entry> documents::all(std::string_view kind) const {
    std::vector<entry> found;
    const auto now = std::chrono::system_clock::now();
    const std::lock_guard hold(lock_);
    if (const auto those = kinds_.find(kind); those != kinds_.end())
        for (const auto& [name, one] : those->second)
            if (!has_expired(one, now))
                found.push_back(one);
    return found;
}

std::size_t documents::count(std::string_view kind) const {
    const std::lock_guard hold(lock_);
    const auto those = kinds_.find(kind);
    return those == kinds_.end() ? 0 : those->second.size();
}

void documents::set(const stored_document& what) {
    const std::lock_guard hold(lock_);
    auto& those = kinds_[what.kind];
    if (what.gone)
        those.erase(what.name);
    else
        those.insert_or_assign(what.name, entry{what.name, what.value, what.expires_at});
}

std::optional<documents::entry> documents::claim(const stored_document& what) {
    const std::lock_guard hold(lock_);
    auto& those = kinds_[what.kind];
    const auto found = those.find(what.name);
    if (found != those.end() && !has_expired(found->second, std::chrono::system_clock::now()))
        return found->second;
    those.insert_or_assign(what.name, entry{what.name, what.value, what.expires_at});
    return std::nullopt;
}

std::vector<stored_document> documents::take_expired(wall_time now) {
    std::vector<stored_document> taken;
    const std::lock_guard hold(lock_);
    for (auto& [kind, those] : kinds_) {
        for (auto at = those.begin(); at != those.end();) {
            if (!has_expired(at->second, now)) {
                ++at;
                continue;
            }
            stored_document gone;
            gone.kind = kind;
            gone.name = at->first;
            gone.gone = true;
            taken.push_back(std::move(gone));
            at = those.erase(at);
        }
    }
    return taken;
}

const documents& documents_of(const broker& hub) {
    return hub.shared().documents;
}

std::optional<documents::entry> claim_document(broker& hub, const stored_document& what) {
    return hub.shared().documents.claim(what);
}

void keep_document(broker& hub, stored_document what, std::function<void(bool)> done) {
    hub.enter();
    hub.keep_document(std::move(what), std::move(done));
}

void broker::keep_document(stored_document what, std::function<void(bool)> done) {
    if (recorder_ && !common_.kept.has_room() && !what.gone)
        return done ? done(false) : void();
    common_.documents.set(what);
    if (!recorder_)
        return done ? done(true) : void();
    recorder_->keep(std::move(what));
    if (done)
        when_safe(std::move(done));
}

// done: called when all that this turn has told is safe (true), or finds no room (false).
void broker::when_safe(std::function<void(bool)> done) {
    if (!recorder_ || !common_.kept.holds())
        return done(true);
    held_answer one{held_answer::kind::document};
    one.number = ++last_document_;
    documents_waiting_.emplace(one.number, std::move(done));
    held_.add(std::move(one));
}

void broker::finish_document(std::uint64_t number, bool kept) {
    const auto found = documents_waiting_.find(number);
    if (found == documents_waiting_.end())
        return;
    const auto done = std::move(found->second);
    documents_waiting_.erase(found);
    done(kept);
}

} // namespace mqtt
