// Turns of several shards: a message of which each has a part is written whole, or later.
#include "mqtt/store/turn_queue.hpp"
#include "tests/support/catch2_any.hpp"

#include <utility>
#include <vector>

using namespace mqtt;

namespace {

struct shards {
    void put(std::uint8_t shard, store_position at, std::vector<joint_part> joint = {}) {
        stored_turn one;
        one.shard = shard;
        one.at = at;
        one.joint = std::move(joint);
        queue.put(std::move(one));
    }
    std::vector<std::pair<int, int>> take() {
        std::vector<std::pair<int, int>> taken;
        for (const auto& each : queue.take())
            taken.emplace_back(each.shard, static_cast<int>(each.at));
        return taken;
    }
    turn_queue queue;
};

using turns = std::vector<std::pair<int, int>>;

} // namespace

TEST_CASE("turns without parts elsewhere are taken as they came", "[store]") {
    shards all;
    all.put(0, 1);
    all.put(1, 1);
    all.put(0, 2);
    CHECK(all.take() == turns{{0, 1}, {1, 1}, {0, 2}});
    CHECK(all.take().empty());
}

TEST_CASE("a part waits for the others, and what its shard did later waits with it", "[store]") {
    shards all;
    all.put(0, 1, {{7, 3}});
    all.put(0, 2);
    all.put(1, 1);
    all.put(1, 2, {{7, 0}});
    all.put(1, 3);
    CHECK(all.take() == turns{{1, 1}});
    all.put(2, 1);
    CHECK(all.take() == turns{{2, 1}});
    all.put(2, 2, {{7, 0}});
    CHECK(all.take() == turns{{0, 1}, {0, 2}, {1, 2}, {1, 3}, {2, 2}});
}

TEST_CASE("a part that stands behind one that waits is not there yet", "[store]") {
    shards all;
    all.put(0, 1, {{7, 2}});
    all.put(1, 1, {{8, 2}}); // its other part is to come
    all.put(1, 2, {{7, 0}});
    CHECK(all.take().empty());
    all.put(0, 2, {{8, 0}});
    CHECK(all.take() == turns{{0, 1}, {1, 1}, {1, 2}, {0, 2}});
}

TEST_CASE("two parts may stand in one turn", "[store]") {
    shards all;
    all.put(0, 1, {{7, 3}, {8, 2}});
    all.put(1, 1, {{7, 0}, {7, 0}});
    CHECK(all.take().empty());
    all.put(2, 1, {{8, 0}});
    CHECK(all.take() == turns{{0, 1}, {1, 1}, {2, 1}});
}
