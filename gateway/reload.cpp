#include "gateway/reload.hpp"

#include "gateway/option_table.hpp"
#include "gateway/rules.hpp"

#include <algorithm>

namespace gateway {
namespace {

bool is_same_place(const listener& left, const listener& right) {
    return left.port == right.port && left.bind_address == right.bind_address;
}

// What was changed and stays as it was: the rows of the option table tell.
void note_differences(const settings& running, const settings& read, const listener& mine,
                      const listener& theirs, scope of, std::vector<std::string>& notes) {
    for (const auto& topic : option_topics())
        for (const auto& row : topic.rows)
            if (row.scope == of && !row.reloadable &&
                row.value.show(running, mine) != row.value.show(read, theirs))
                notes.push_back(std::string(row.name) + " has changed; that takes effect after a "
                                                        "restart"); // bound: the option table
}

void compare_listeners(const settings& running, const settings& read,
                       std::vector<std::string>& notes) {
    bool same = running.listeners.size() == read.listeners.size();
    for (std::size_t i = 0; same && i < running.listeners.size(); ++i)
        same = is_same_place(running.listeners[i], read.listeners[i]);
    if (!same)
        notes.emplace_back("the listeners have changed; that takes effect after a restart");
    else
        for (std::size_t i = 0; i < running.listeners.size(); ++i)
            note_differences(running, read, running.listeners[i], read.listeners[i],
                             scope::listener, notes);
}

// The listeners that are open, with what the file says about their TLS now. One that the file does
// not have any more stays as it is.
settings with_fresh_tls(const settings& running, const settings& read) {
    settings merged = read;
    merged.listeners = running.listeners;
    for (auto& open : merged.listeners) {
        const auto found =
            std::find_if(read.listeners.begin(), read.listeners.end(),
                         [&](const auto& each) { return is_same_place(each, open); });
        if (found == read.listeners.end())
            continue;
        if (found->tls.any() == open.tls.any())
            open.tls = found->tls;
        open.security = found->security;
    }
    return merged;
}

} // namespace

fresh_rules read_again(const settings& running, const std::function<config_reading()>& reread,
                       const std::vector<tls_context::psk_asker>& askers) {
    fresh_rules fresh;
    auto reading = reread();
    if (reading.errors.empty() &&
        reading.settings.per_listener_settings != running.per_listener_settings)
        fresh.problems.emplace_back("per_listener_settings has changed; that needs a restart");
    fresh.read = with_fresh_tls(running, reading.settings);
    if (reading.errors.empty())
        fresh.tls = make_tls(fresh.read, askers, reading.errors);
    for (const auto& each : reading.errors)
        fresh.problems.push_back(to_text(each)); // bound: config_findings_max
    if (!fresh.problems.empty())
        return fresh;
    const listener none;
    note_differences(running, reading.settings, none, none, scope::global, fresh.notes);
    compare_listeners(running, reading.settings, fresh.notes);
    return fresh;
}

} // namespace gateway
