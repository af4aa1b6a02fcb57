// The store in the life of the process: loaded before anybody is served, and the end of it when it
// fails.
#include "gateway/application.hpp"
#include "gateway/logging.hpp"
#include "gateway/quoted.hpp"
#include "mqtt/auth/digest.hpp"
#include "mqtt/broker/documents.hpp"
#include "mqtt/broker/public_ids.hpp"
#include "mqtt/broker/recovery.hpp"

#include <chrono>
#include <cstdlib>
#include <sys/stat.h>
#include <vector>

namespace gateway {
namespace {

// The document that holds the key of public ids.
constexpr char id_key_kind[] = "ids";
constexpr char id_key_name[] = "key";

// Whoever moves here from mosquitto has a file of its own beside ours.
void tell_of_foreign_file(const std::string& folder) {
    struct stat found {};
    const auto path = folder + "/mosquitto.db";
    const auto ours = folder + "/" + mqtt::sqlite_store::file_name;
    if (::stat(path.c_str(), &found) == 0 && ::stat(ours.c_str(), &found) != 0)
        log::notice("There is a mosquitto.db in {}. To take it over, stop sluice and run: sluice "
                    "store import --location {} {}",
                    quoted(folder), quoted(folder), quoted(path));
}

} // namespace

std::unique_ptr<mqtt::sqlite_store> application::make_store(const settings& chosen) {
    if (!chosen.persistence)
        return nullptr;
    mqtt::store_listener told;
    told.notice = [](const std::string& line) { log::notice("{}", line); };
    told.error = [](const std::string& line) { log::error("{}", line); };
    // Who goes on would have to acknowledge what is lost. Nothing is tidied up: the disk is not to
    // be trusted, and the file is as the last commit left it.
    told.failed = [](const std::string& line) {
        log::error("{}", line);
        std::_Exit(EXIT_FAILURE);
    };
    auto settings = chosen.store;
    settings.history = chosen.history;
    return std::make_unique<mqtt::sqlite_store>(settings, std::move(told));
}

// As the user that the process has become, and before anybody is let in.
void application::load_store() {
    if (!store_)
        return;
    tell_of_foreign_file(chosen_.store.folder);
    const auto begun = std::chrono::steady_clock::now();
    std::vector<mqtt::broker*> hubs;
    for (auto& shard : shards_)
        hubs.push_back(&shard->hub()); // bound: shards
    store_->open();
    mqtt::recovery into(common_, std::move(hubs),
                        {std::chrono::steady_clock::now(), std::chrono::system_clock::now()});
    const auto counts = store_->load(
        into, [](std::uint64_t rows) { log::notice("Loading the store: {} rows so far.", rows); });
    into.finish();
    common_.ids.start_after(store_->last_id());
    mqtt::set_public_epoch(store_->epoch());
    store_->start(shards_.size(), [this](std::size_t number) {
        auto& shard = *shards_[number];
        shard.later([&shard] { shard.enter(); });
    });
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun);
    log::information("The store {} has {} sessions, {} subscriptions, {} messages on their way and "
                     "{} retained; loaded in {:.2f} s.",
                     quoted(store_->path()), counts.sessions, counts.subscriptions, counts.entries,
                     counts.retained, took.count());
}

// The key is kept where there is a store: ids that somebody has noted mean the same after a
// restart.
void application::hide_ids() {
    if (!chosen_.opaque_ids)
        return;
    const auto kept = common_.documents.find(id_key_kind, id_key_name);
    auto key = kept ? mqtt::from_base64(kept->value) : std::nullopt;
    if (!key || key->size() != mqtt::public_id_key_bytes) {
        key = mqtt::random_bytes(mqtt::public_id_key_bytes);
        auto& first = *shards_[0];
        first.later([&first, value = mqtt::to_base64(*key)] {
            first.enter();
            mqtt::keep_document(first.hub(), {id_key_kind, id_key_name, value});
        });
    }
    mqtt::hide_public_ids(*key);
}

} // namespace gateway
