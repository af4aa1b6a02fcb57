// The reload of a running process: files are read on a thread of their own, what was found is put
// in force on shard 0, all of it or nothing.
#include "gateway/application.hpp"
#include "gateway/logging.hpp"
#include "gateway/rules.hpp"

#include <utility>

namespace gateway {

void application::ask_for_reload(reload_answer answer) {
    shards_[0]->later([this, answer = std::move(answer)]() mutable { reload(std::move(answer)); });
}

// One at a time. Who asks while one is under way gets the answer of the next: the files may have
// changed since this one read them.
void application::reload(reload_answer answer) {
    if (reader_.joinable()) {
        reload_next_.push_back(std::move(answer));
        return;
    }
    reloading_.push_back(std::move(answer));
    read_again_aside();
}

void application::read_again_aside() {
    reader_ = std::thread([this, running = chosen_] {
        auto fresh =
            std::make_shared<fresh_rules>(read_again(running, reread_, plugins_.psk_askers()));
        shards_[0]->later([this, fresh] {
            if (!reader_.joinable())
                return; // the end has begun
            reader_.join();
            reader_ = {};
            put_in_force(std::move(*fresh));
        });
    });
}

void application::put_in_force(fresh_rules fresh) {
    if (fresh.problems.empty()) {
        if (auto problem = log::open(fresh.read.log))
            fresh.problems.push_back(std::move(*problem));
    }
    if (fresh.problems.empty()) {
        access_.replace(make_rules(fresh.read, plugins_.authorities()));
        for (std::size_t number = 0; number < listener_doors_.size(); ++number)
            if (fresh.tls[number] != nullptr)
                listener_doors_[number]->tls.set(fresh.tls[number]);
        // What the doors refer to stays where it is.
        chosen_.security = fresh.read.security;
        chosen_.log = fresh.read.log;
        for (std::size_t number = 0; number < shards_.size(); ++number)
            shards_[number]->later([this, number] {
                shards_[number]->enter();
                shards_[number]->hub().rights_changed();
                for (auto& each : doors_[number])
                    each->rights_changed();
            });
    }
    if (fresh.problems.empty())
        plugins_.reload(fresh.read, [](const std::string& problem) {
            if (!problem.empty())
                log::error("A plugin did not reload: {}", problem);
        });
    tell_of(fresh);
    const rest::reload_outcome outcome{fresh.problems, fresh.notes};
    for (const auto& answer : std::exchange(reloading_, {}))
        if (answer)
            answer(outcome);
    reloading_ = std::exchange(reload_next_, {});
    if (!reloading_.empty())
        read_again_aside();
}

void application::tell_of(const fresh_rules& fresh) const {
    for (const auto& each : fresh.problems)
        log::error("{}", each);
    if (!fresh.problems.empty())
        return log::error("The configuration was not reloaded: everything stays as it was.");
    for (const auto& each : fresh.notes)
        log::warning("{}.", each);
    log::notice("The configuration was reloaded.");
}

} // namespace gateway
