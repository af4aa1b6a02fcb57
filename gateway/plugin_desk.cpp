#include "gateway/plugin_desk.hpp"

#include "gateway/logging.hpp"
#include "gateway/plugin_authority.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

namespace gateway {
namespace {

log_type type_of(plugin::log_level level) {
    switch (level) {
    case plugin::log_level::debug:
        return log_type::debug;
    case plugin::log_level::info:
        return log_type::information;
    case plugin::log_level::notice:
        return log_type::notice;
    case plugin::log_level::warning:
        return log_type::warning;
    case plugin::log_level::error:
        return log_type::error;
    }
    return log_type::error;
}

mqtt::publication publication_of(const plugin::publish_order& what) {
    mqtt::publication made{what.topic, what.payload, what.properties, what.qos, what.retain};
    if (what.message_expiry)
        made.expires_at =
            std::chrono::steady_clock::now() + std::chrono::seconds(*what.message_expiry);
    return made;
}

} // namespace

// Where one set of rules speaks for all listeners, its plugins are of realm 0.
std::uint16_t plugin_desk::plugin_realm(const settings& all, std::size_t listener_number) {
    return all.per_listener_settings ? static_cast<std::uint16_t>(listener_number) : 0;
}

std::vector<plugin::description> plugin_desk::descriptions_of(const settings& all) {
    std::vector<plugin::description> found;
    const auto add = [&](const security_settings& from, std::uint16_t realm) {
        for (const auto& each : from.plugins) // bound: lines of the configuration
            found.push_back({each.path, each.options, realm});
    };
    if (!all.per_listener_settings)
        add(all.security, 0);
    else
        for (std::size_t number = 0; number < all.listeners.size(); ++number)
            add(all.listeners[number].security, plugin_realm(all, number));
    return found;
}

plugin_desk::plugin_desk(const settings& all) {
    if (all.per_listener_settings && !all.security.plugins.empty())
        throw std::runtime_error(
            "global_plugin can't serve all listeners where each has settings of its own "
            "(per_listener_settings true): write \"plugin\" below the listeners that it is for");
    auto wanted = descriptions_of(all);
    authorities_.resize(all.listeners.size());
    psk_askers_.resize(all.listeners.size());
    if (wanted.empty())
        return;
    auto loading = plugin::host::load(std::move(wanted), *this);
    if (loading.loaded == nullptr) {
        std::string problems;
        for (const auto& each : loading.problems)
            problems += (problems.empty() ? "" : "\n") + each;
        throw std::runtime_error(problems);
    }
    host_ = std::move(loading.loaded);
    for (std::size_t number = 0; number < all.listeners.size(); ++number) {
        if (all.security_of(all.listeners[number]).plugins.empty())
            continue;
        const auto realm = plugin_realm(all, number);
        authorities_[number] = std::make_shared<plugin_authority>(*host_, realm);
        psk_askers_[number] = [this, realm](std::string hint, std::string identity,
                                            const mqtt::entry& from,
                                            tls_context::psk_answer answer) {
            ask_for_key({std::move(hint), std::move(identity), from}, realm, std::move(answer));
        };
    }
}

plugin_desk::~plugin_desk() {
    stop();
}

void plugin_desk::serve(std::vector<mqtt::shard*> shards) {
    shards_ = std::move(shards);
    serving_.store(true, std::memory_order_release);
}

void plugin_desk::ask_for_key(plugin::psk_question asked, std::uint16_t realm,
                              tls_context::psk_answer answer) {
    if (!host_->asks(plugin::event::psk_key, realm))
        return answer(std::nullopt);
    asked.from.realm = realm;
    host_->psk_key(std::move(asked), [answer = std::move(answer)](const plugin::psk_answer& got) {
        answer(got.key);
    });
}

void plugin_desk::reload(const settings& all, std::function<void(std::string)> answer) {
    if (host_ == nullptr)
        return answer({});
    host_->reload(descriptions_of(all), std::move(answer));
}

void plugin_desk::close() {
    if (host_)
        host_->close();
}

void plugin_desk::stop() {
    if (host_)
        host_->stop();
}

void plugin_desk::publish(plugin::publish_order what) {
    if (!serving_.load(std::memory_order_acquire))
        return; // a plugin that publishes while it is loaded: nobody is there yet
    const auto home = what.client_id ? shards_[0]->hub().home_of(*what.client_id) : 0;
    auto& shard = *shards_[home];
    shard.later([&shard, what = std::make_shared<plugin::publish_order>(std::move(what))] {
        shard.enter();
        if (what->client_id)
            return shard.hub().publish_to(*what->client_id, publication_of(*what));
        shard.hub().publish_own(publication_of(*what));
    });
}

void plugin_desk::kick(plugin::kick_order whom) {
    if (!serving_.load(std::memory_order_acquire))
        return;
    for (auto* shard : shards_)
        shard->later([shard, whom] {
            shard->enter();
            shard->hub().disconnect_if(
                [&whom](const mqtt::identity& who) {
                    switch (whom.whom) {
                    case plugin::kick_order::target::everybody:
                        return true;
                    case plugin::kick_order::target::client_id:
                        return who.client_id == whom.name;
                    case plugin::kick_order::target::username:
                        return who.username == whom.name;
                    case plugin::kick_order::target::anonymous:
                        return who.anonymous();
                    }
                    return false;
                },
                mqtt::reason::administrative_action, whom.with_will);
        });
}

void plugin_desk::write_log(plugin::log_level level, std::string_view line) {
    if (log::wanted(type_of(level)))
        log::write(type_of(level), line);
}

void plugin_desk::set_username(const mqtt::identity& who, std::optional<std::string> username) {
    if (!serving_.load(std::memory_order_acquire))
        return;
    auto& shard = *shards_[shards_[0]->hub().home_of(who.client_id)];
    shard.later([&shard, client_id = who.client_id, username = std::move(username)] {
        shard.enter();
        shard.hub().rename(client_id, username.value_or(""));
    });
}

// What belongs to a shard can't be read from the plugins' thread; mosquitto's plugins use the
// number for what they print.
int plugin_desk::subscription_count(const mqtt::identity&) {
    return 0;
}

} // namespace gateway
