// An authority with a database that does what a test says, a clock that stands still, and a log in
// memory.
#pragma once

#include "plugins/sql/authority.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sql_auth {

class scripted_database final : public database {
public:
    std::string open(time_point) override {
        ++opened;
        return why_closed;
    }

    answer ask(statement which, std::string_view parameter, time_point) override {
        ++asked;
        if (losses > 0) {
            --losses;
            return {answer_state::lost, "the line broke", {}};
        }
        if (state != answer_state::answered)
            return {state, "it was refused", {}};
        const auto found = tables.find({which, std::string(parameter)});
        return {
            answer_state::answered, {}, found == tables.end() ? std::vector<row>() : found->second};
    }

    void close() override { ++closed; }

    std::map<std::pair<statement, std::string>, std::vector<row>> tables;
    std::string why_closed;
    answer_state state = answer_state::answered;
    int losses = 0; // questions that find the connection broken
    int opened = 0;
    int asked = 0;
    int closed = 0;
};

struct authority_fixture {
    explicit authority_fixture(const settings& chosen = {}) {
        auto made = std::make_unique<scripted_database>();
        source = made.get();
        decider = std::make_unique<authority>(
            chosen, std::move(made), [this] { return now; },
            [this](log_level, const std::string& line) { log.push_back(line); });
    }

    void user(const std::string& name, cell hash) {
        source->tables[{statement::user, name}] = {{std::move(hash), std::nullopt}};
    }

    void rule(const std::string& name, cell topic, cell access) {
        source->tables[{statement::acl, name}].push_back({std::move(topic), std::move(access)});
    }

    verdict may_write(const std::string& name, std::string_view topic) const {
        return decider->check_access({name, "client"}, operation::write, topic);
    }

    time_point now{std::chrono::seconds(1000)};
    std::vector<std::string> log;
    scripted_database* source = nullptr;
    std::unique_ptr<authority> decider;
};

// Cheap, as only the difference of right and wrong matters.
inline std::string hash_of(std::string_view password, mqtt::password_scheme scheme) {
    return mqtt::password_hash::make(scheme, password, 10).text();
}

inline std::string hash_of(std::string_view password) {
    return hash_of(password, mqtt::password_scheme::sha512_pbkdf2);
}

} // namespace sql_auth
