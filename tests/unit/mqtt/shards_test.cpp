// Two shards of one broker, without threads: what goes by mail between them.
#include "mqtt/broker/broker.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

#include <array>
#include <string>
#include <utility>

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

// A client of one shard that is a member of "$share/g/t".
class member final : public mqtt::link {
public:
    member(two_shards& both, std::size_t shard)
        : machine(both.shards[shard]->room(), *this, bounds_, std::make_shared<const entry>()),
          both_(both), shard_(shard) {
        for (int number = 0; client_id_.empty(); ++number)
            if (const auto name = "m" + std::to_string(number);
                both.shards[0]->home_of(name) == shard)
                client_id_ = name;
        mqtt::connect packet;
        packet.version = version::v3_1_1;
        packet.client_id = client_id_;
        std::string bytes;
        encode(bytes, packet);
        mqtt::subscribe wanted;
        wanted.packet_id = 1;
        wanted.requests.push_back({"$share/g/t", qos::at_least_once});
        encode(bytes, wanted, version::v3_1_1);
        both_.turn(shard_, [&] {
            std::string_view input = bytes;
            both_.shards[shard_]->receive(machine, input);
        });
        messages();
    }
    ~member() override { leave(); }

    void leave() {
        if (!std::exchange(gone_, true))
            both_.turn(shard_, [&] { both_.shards[shard_]->lost(machine); });
    }

    // How many PUBLISH packets came since the last call.
    int messages() {
        std::string bytes;
        std::array<iovec, 16> parts;
        while (!machine.unsent().empty()) {
            const auto used = machine.unsent().gather(parts);
            std::size_t size = 0;
            for (std::size_t i = 0; i < used; size += parts[i++].iov_len)
                bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
            machine.unsent().consume(size);
        }
        int count = 0;
        for (std::string_view rest = bytes; !rest.empty();) {
            const auto packet = next_frame(rest, varint_max);
            count += packet.type == packet_type::publish ? 1 : 0;
            rest.remove_prefix(packet.size);
        }
        return count;
    }

    void resume() override {}
    void abandon() override {}

    const listener_limits bounds_{};
    connection machine;

private:
    two_shards& both_;
    std::size_t shard_;
    std::string client_id_;
    bool gone_ = false;
};

void send_out(two_shards& both, local_client& from, int count) {
    both.turn(0, [&] {
        for (int i = 0; i < count; ++i) {
            publish_request what;
            what.topic = "t";
            what.payload = "x";
            from.publish(what, [](const publish_outcome&) {});
        }
    });
}

} // namespace

TEST_CASE("members of a shared subscription take turns across shards", "[shards][shared]") {
    two_shards both;
    local_client here(*both.shards[0], both.door, {});
    member near(both, 0), far(both, 1);
    send_out(both, here, 6);
    both.carry_mail();
    CHECK(near.messages() == 3);
    CHECK(far.messages() == 3);
}

TEST_CASE("a shared message whose member left while it was on its way goes to another one",
          "[shards][shared]") {
    two_shards both;
    local_client here(*both.shards[0], both.door, {});
    member near(both, 0), far(both, 1);
    send_out(both, here, 6);
    CHECK(near.messages() == 3);
    far.leave();
    both.carry_mail(); // to the one that left, and back
    both.carry_mail();
    CHECK(near.messages() == 3);
    CHECK(far.messages() == 0);
}

TEST_CASE("what a member of another shard has not acknowledged comes back by mail",
          "[shards][shared]") {
    two_shards both;
    local_client here(*both.shards[0], both.door, {});
    member near(both, 0), far(both, 1);
    send_out(both, here, 6);
    both.carry_mail();
    CHECK(far.messages() == 3);
    near.messages();
    far.leave();
    both.carry_mail();
    CHECK(near.messages() == 3);
}

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
        connection machine(both.shards[0]->room(), link, bounds, std::make_shared<const entry>());
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
