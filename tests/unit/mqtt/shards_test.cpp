// Two shards of one broker, without threads: what goes by mail between them.
#include "mqtt/broker/broker.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

#include <array>
#include <string>

using namespace mqtt;

namespace {

struct two_shards {
    two_shards() : common({}, door, memory) {
        for (int number = 0; number < 2; ++number)
            common.mailboxes.push_back(std::make_unique<mailbox>(
                [this, number] { woken[static_cast<std::size_t>(number)] += 1; }));
        for (std::uint8_t number = 0; number < 2; ++number)
            shards[number] = std::make_unique<broker>(common, number, journal);
    }

    // Work that one shard does in a turn of its own.
    template <class Work>
    void turn(std::size_t number, Work work) {
        shards[number]->begin_turn({steady_time{std::chrono::hours(1)}, {}});
        work();
        shards[number]->end_turn();
    }
    void carry_mail() {
        for (std::size_t number = 0; number < 2; ++number)
            turn(number, [&] { shards[number]->take_mail(); });
    }

    anonymous_access door{true};
    memory_store memory;
    script::kept_journal journal;
    shared_state common;
    std::array<int, 2> woken{};
    std::array<std::unique_ptr<broker>, 2> shards;
};

struct ear final : message_sink {
    void on_message(const message_ptr& what, qos, bool) override {
        heard.emplace_back(what->payload());
    }
    std::vector<std::string> heard;
};

std::unique_ptr<local_client::subscription> listen(two_shards& both, std::size_t shard,
                                                   local_client& client, ear& to) {
    std::unique_ptr<local_client::subscription> made;
    both.turn(shard, [&] {
        reason failure{};
        made = client.subscribe({{"t/#"}, qos::at_least_once, retained_delivery::all}, to, failure);
    });
    return made;
}

} // namespace

TEST_CASE("a message for another shard goes by mail, one wake-up a turn", "[shards]") {
    two_shards both;
    local_client here(*both.shards[0], both.door, {}), there(*both.shards[1], both.door, {});
    ear near, far;
    const auto first = listen(both, 0, here, near);
    const auto second = listen(both, 1, there, far);
    std::vector<publish_outcome> outcomes;
    both.turn(0, [&] {
        for (const char* text : {"1", "2", "3"}) {
            publish_request what;
            what.topic = "t/x";
            what.payload = text;
            here.publish(what,
                         [&](const publish_outcome& outcome) { outcomes.push_back(outcome); });
        }
    });
    CHECK(near.heard == std::vector<std::string>{"1", "2", "3"});
    CHECK(far.heard.empty());
    CHECK(both.woken == std::array<int, 2>{0, 1});
    CHECK(outcomes.empty()); // a receipt waits for the other shard
    both.carry_mail();
    CHECK(far.heard == std::vector<std::string>{"1", "2", "3"});
    both.carry_mail();
    REQUIRE(outcomes.size() == 3);
    CHECK(outcomes[0].matched == 2);
    CHECK(outcomes[0].sent == 2);
}

TEST_CASE("mail for a subscriber that has gone finds nobody, also not its successor", "[shards]") {
    two_shards both;
    local_client here(*both.shards[0], both.door, {}), there(*both.shards[1], both.door, {});
    ear old, successor;
    auto leaving = listen(both, 1, there, old);
    both.turn(0, [&] {
        publish_request what;
        what.topic = "t/x";
        what.payload = "late";
        here.publish(what, [](const publish_outcome&) {});
    });
    leaving.reset();
    const auto next = listen(both, 1, there, successor); // takes the place that became free
    both.carry_mail();
    CHECK(old.heard.empty());
    CHECK(successor.heard.empty());
}

TEST_CASE("a retained message and a subscription in another shard meet exactly once", "[shards]") {
    two_shards both;
    local_client here(*both.shards[0], both.door, {}), there(*both.shards[1], both.door, {});
    ear before, after;
    const auto early = listen(both, 1, there, before);
    both.turn(0, [&] {
        publish_request what;
        what.topic = "t/x";
        what.payload = "state";
        what.retain = true;
        here.publish(what, [](const publish_outcome&) {});
    });
    const auto late = listen(both, 1, there, after); // the mail is still on its way
    both.carry_mail();
    CHECK(before.heard == std::vector<std::string>{"state"});
    CHECK(after.heard == std::vector<std::string>{"state"});
}

TEST_CASE("a CONNECT for another shard's session is handed over untouched", "[shards]") {
    two_shards both;
    struct nowhere final : mqtt::link {
        void resume() override {}
        void abandon() override {}
    } link;
    const listener_limits bounds;
    int handed = 0;
    for (int number = 0; number < 20; ++number) {
        mqtt::connect packet;
        packet.version = version::v3_1_1;
        const auto client_id = "client" + std::to_string(number);
        packet.client_id = client_id;
        std::string bytes;
        encode(bytes, packet);
        connection machine(both.shards[0]->room(), link, bounds);
        both.turn(0, [&] {
            std::string_view input = bytes;
            const auto outcome = both.shards[0]->receive(machine, input);
            const auto home = both.shards[0]->home_of(client_id);
            CHECK(outcome.handed_over.has_value() == (home == 1));
            if (home == 1)
                CHECK(input == bytes);
            handed += home;
            both.shards[0]->lost(machine);
        });
    }
    CHECK(handed > 0);
    CHECK(handed < 20);
}
