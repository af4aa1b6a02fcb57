// Documents: what other rooms keep under names, in memory and in the store.
#include "mqtt/broker/documents.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/script.hpp"

using namespace mqtt;
using namespace script;

namespace {

stored_document document(std::string name, std::string value) {
    stored_document one;
    one.kind = "k";
    one.name = std::move(name);
    one.value = std::move(value);
    return one;
}

} // namespace

TEST_CASE("a document is seen at once, and its keeper is answered when it is on disk",
          "[documents]") {
    slow_store kept;
    stage here{{}, nullptr, &kept};
    std::vector<bool> answers;
    here.begin();
    keep_document(*here.hub, document("a", "1"), [&](bool done) { answers.push_back(done); });
    here.hub->end_turn();
    const auto& all = documents_of(*here.hub);
    REQUIRE(all.find("k", "a"));
    CHECK(all.find("k", "a")->value == "1");
    CHECK_FALSE(all.find("other", "a"));
    CHECK(answers.empty());
    REQUIRE(kept.told.size() == 1);
    kept.written = kept.last;
    here.begin();
    here.hub->end_turn();
    CHECK(answers == std::vector<bool>{true});
}

TEST_CASE("where nothing outlives the process a document is kept in memory alone", "[documents]") {
    stage here;
    std::vector<bool> answers;
    here.begin();
    const auto answer = [&](bool done) { answers.push_back(done); };
    keep_document(*here.hub, document("b", "1"), answer);
    keep_document(*here.hub, document("a", "2"), answer);
    keep_document(*here.hub, document("b", "3"), answer);
    here.hub->end_turn();
    CHECK(answers == std::vector<bool>{true, true, true});
    const auto& all = documents_of(*here.hub);
    CHECK(all.count("k") == 2);
    REQUIRE(all.all("k").size() == 2);
    CHECK(all.all("k")[0].value == "2");
    CHECK(all.all("k")[1].value == "3");
    auto gone = document("a", "");
    gone.gone = true;
    keep_document(*here.hub, gone);
    CHECK(all.count("k") == 1);
}

TEST_CASE("a document that has expired is not found, and the store is told", "[documents]") {
    documents all;
    auto brief = document("a", "1");
    const auto now = std::chrono::system_clock::now();
    brief.expires_at = now - std::chrono::seconds(1);
    all.set(brief);
    auto longer = document("b", "2");
    longer.expires_at = now + std::chrono::hours(1);
    all.set(longer);
    CHECK_FALSE(all.find("k", "a"));
    CHECK(all.all("k").size() == 1);
    const auto gone = all.take_expired(now);
    REQUIRE(gone.size() == 1);
    CHECK(gone[0].name == "a");
    CHECK(gone[0].gone);
    CHECK(all.count("k") == 1);
}
