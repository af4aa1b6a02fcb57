// The tables: what is written is what is read, whatever cancelled out in between.
#include "mqtt/store/change_writer.hpp"
#include "mqtt/store/schema.hpp"
#include "mqtt/store/stored_state.hpp"
#include "tests/support/catch2_any.hpp"

#include <map>
#include <set>
#include <sqlite3.h>
#include <string>
#include <vector>

using namespace mqtt;

namespace {

const moment at{steady_time(std::chrono::hours(1)), wall_time(std::chrono::hours(24 * 365 * 55))};

message_ptr message_of(std::uint64_t id, std::string_view topic, std::string_view payload,
                       steady_time expires_at = never) {
    publication what;
    what.topic = topic;
    what.payload = payload;
    what.qos = qos::at_least_once;
    what.expires_at = expires_at;
    return message::make(what, id, at.wall);
}

stored_entry entry(entry_key key, session_key session, message_ptr what,
                   std::uint16_t packet_id = 0) {
    stored_entry one;
    one.key = key;
    one.session = session;
    one.what = std::move(what);
    one.packet_id = packet_id;
    return one;
}

std::unique_ptr<stored_session> session_of(session_key key, std::string id) {
    auto one = std::make_unique<stored_session>();
    one->key = key;
    one->client_id = std::move(id);
    one->expiry = 3600;
    return one;
}

struct everything final : stored_state_reader {
    void on_session(stored_session one) override { sessions.emplace(one.client_id, one); }
    void on_subscription(stored_subscription one) override { filters.insert(one.filter); }
    void on_incoming(session_key, std::uint16_t id) override { incoming.insert(id); }
    void on_entry(stored_entry one) override { entries.push_back(std::move(one)); }
    void on_document(stored_document one) override {
        documents.emplace(one.kind + "/" + one.name, one.value);
    }
    void on_retained(const message_ptr& what) override {
        retained.emplace(what->topic(), what->payload());
    }

    std::map<std::string, stored_session> sessions;
    std::set<std::string> filters;
    std::set<std::uint16_t> incoming;
    std::vector<stored_entry> entries;
    std::map<std::string, std::string> retained;
    std::map<std::string, std::string> documents;
};

void copy_database(database& from, database& into) {
    auto* copying = sqlite3_backup_init(into.handle(), "main", from.handle(), "main");
    REQUIRE(copying != nullptr);
    CHECK(sqlite3_backup_step(copying, -1) == SQLITE_DONE);
    CHECK(sqlite3_backup_finish(copying) == SQLITE_OK);
}

struct tables {
    tables() : file(":memory:", database::how::create) {
        prepare_schema(file);
        file.run("INSERT INTO meta VALUES('next_id',1)");
        writer.emplace(file);
    }
    template <class... Changes>
    change_plan plan(Changes&&... changes) {
        std::vector<store_change> list;
        (list.emplace_back(std::forward<Changes>(changes)), ...);
        change_plan made;
        made.take(list);
        return made;
    }
    void write(const change_plan& plan) {
        transaction all(file);
        writer->write(plan, at);
        all.commit();
        writer->commit();
    }
    everything read(moment when = at) {
        everything found;
        read_stored_state(
            file, when, found, [](auto, auto) {}, [](auto) {});
        return found;
    }

    database file;
    std::optional<change_writer> writer;
};

} // namespace

TEST_CASE("a session comes back from the store as it was", "[store]") {
    tables all;
    auto one = session_of(7, "café");
    one->username = "ada";
    one->realm = 3;
    one->by_token = true;
    one->ends_at = at.wall + std::chrono::hours(1);
    one->will_at = at.wall + std::chrono::seconds(5);
    one->will = kept_will{"w", std::string("\0x", 2),  "p", qos::exactly_once, true,
                          60,  std::chrono::seconds(5)};
    auto filter = std::make_unique<stored_subscription>(
        stored_subscription{7, "$share/g/a/#", qos::at_least_once, false, true, 268'435'455});
    all.write(all.plan(std::move(one), std::move(filter), incoming_opened{7, 65'535}));
    const auto found = all.read();
    REQUIRE(found.sessions.size() == 1);
    const auto& back = found.sessions.at("café");
    CHECK(back.username == "ada");
    CHECK(back.realm == 3);
    CHECK(back.by_token);
    CHECK(*back.ends_at == at.wall + std::chrono::hours(1));
    CHECK(*back.will_at == at.wall + std::chrono::seconds(5));
    REQUIRE(back.will);
    CHECK(back.will->payload == std::string("\0x", 2));
    CHECK(back.will->expiry == 60U);
    CHECK(found.filters == std::set<std::string>{"$share/g/a/#"});
    CHECK(found.incoming == std::set<std::uint16_t>{65'535});
    all.write(all.plan(session_gone{7}));
    const auto nothing = all.read();
    CHECK(nothing.sessions.empty());
    CHECK(nothing.filters.empty());
    CHECK(nothing.incoming.empty());
}

TEST_CASE("a message that was acknowledged before it was written never is", "[store]") {
    tables all;
    all.write(all.plan(entry(1, 7, message_of(1, "t", "x")), entry_sent{1, 5}, entry_gone{1}));
    CHECK(all.file.number("SELECT count(*) FROM outgoing") == 0);
    CHECK(all.file.number("SELECT count(*) FROM message") == 0);
}

TEST_CASE("a message stands in the table as long as somebody waits for it", "[store]") {
    tables all;
    const auto shared = message_of(1, "t", "x");
    const auto messages = [&] { return all.file.number("SELECT count(*) FROM message"); };
    all.write(all.plan(entry(1, 7, shared), entry(2, 8, shared)));
    all.write(all.plan(entry(3, 9, shared), entry(4, 9, message_of(2, "t", "y"))));
    CHECK(messages() == 2);
    all.write(all.plan(entry_gone{1}, entry_gone{4}));
    CHECK(messages() == 1);
    all.write(all.plan(entry_gone{2}));
    CHECK(messages() == 1);
    all.write(all.plan(entry_gone{3}));
    CHECK(messages() == 0);
}

TEST_CASE("a transaction that is taken back leaves the count of references as it was", "[store]") {
    tables all;
    const auto shared = message_of(1, "t", "x");
    all.write(all.plan(entry(1, 7, shared)));
    const auto second = all.plan(entry(2, 8, shared), entry(3, 9, shared));
    {
        transaction lost(all.file);
        all.writer->write(second, at);
    }
    all.writer->undo();
    all.write(second);
    all.write(all.plan(entry_gone{1}, entry_gone{2}));
    CHECK(all.file.number("SELECT count(*) FROM message") == 1);
    all.write(all.plan(entry_gone{3}));
    CHECK(all.file.number("SELECT count(*) FROM message") == 0);
}

TEST_CASE("what is on its way comes back in its order, with its stage", "[store]") {
    tables all;
    auto with_more = entry(3, 7, message_of(3, "t", "3"));
    with_more.more = std::make_unique<stored_entry::extras>();
    with_more.more->identifiers = {1, 268'435'455};
    with_more.more->shared = "$share/g/t";
    all.write(all.plan(entry(1, 7, message_of(1, "t", "1"), 5),
                       entry(2, 7, message_of(2, "t", "2")), std::move(with_more)));
    all.write(all.plan(entry_sent{2, 6}, entry_released{1}));
    const auto found = all.read();
    REQUIRE(found.entries.size() == 3);
    CHECK(found.entries[0].packet_id == 5);
    CHECK(found.entries[0].released);
    CHECK(found.entries[1].packet_id == 6);
    CHECK_FALSE(found.entries[1].released);
    CHECK(found.entries[2].what->payload() == "3");
    CHECK(found.entries[2].more->identifiers == std::vector<std::uint32_t>{1, 268'435'455});
    CHECK(found.entries[2].more->shared == "$share/g/t");
}

TEST_CASE("of a topic's retained values the last one stays, until it expires", "[store]") {
    tables all;
    change_plan first;
    first.retained.push_back({message_of(1, "a", "old"), 0});
    first.retained.push_back({message_of(2, "b", "b", at.steady + std::chrono::seconds(5)), 0});
    first.newest_id = 2;
    all.write(first);
    change_plan second;
    second.retained.push_back({message_of(3, "a", "new"), 1});
    second.newest_id = 3;
    all.write(second);
    CHECK(all.read().retained == std::map<std::string, std::string>{{"a", "new"}, {"b", "b"}});
    moment later = at;
    later.steady += std::chrono::seconds(6);
    later.wall += std::chrono::seconds(6);
    CHECK(all.read(later).retained == std::map<std::string, std::string>{{"a", "new"}});
    change_plan third;
    third.retained.push_back({nullptr, 3});
    all.write(third);
    CHECK(all.read(later).retained.empty());
}

TEST_CASE("what other rooms keep comes back until it expires or is taken back", "[store]") {
    tables all;
    const auto document = [](std::string name, std::string value) {
        auto one = std::make_unique<stored_document>();
        one->kind = "lease";
        one->name = std::move(name);
        one->value = std::move(value);
        return one;
    };
    auto brief = document("b", "2");
    brief->expires_at = at.wall + std::chrono::seconds(5);
    all.write(all.plan(document("a", "1"), std::move(brief), document("a", "3")));
    using documents = std::map<std::string, std::string>;
    CHECK(all.read().documents == documents{{"lease/a", "3"}, {"lease/b", "2"}});
    moment later = at;
    later.steady += std::chrono::seconds(6);
    later.wall += std::chrono::seconds(6);
    CHECK(all.read(later).documents == documents{{"lease/a", "3"}});
    auto gone = document("a", "");
    gone->gone = true;
    all.write(all.plan(std::move(gone)));
    CHECK(all.read(later).documents.empty());
}

TEST_CASE("message ids are promised ahead, so that none is given twice", "[store]") {
    tables all;
    change_plan plan;
    plan.retained.push_back({message_of(41, "a", "x"), 0});
    plan.newest_id = 5'000'000;
    all.write(plan);
    CHECK(all.file.number("SELECT value FROM meta WHERE name='next_id'") > 5'000'000);
}

TEST_CASE("rows that can't be are named, not believed", "[store]") {
    tables all;
    const auto complaint = [&](const std::string& text) {
        all.file.run(text);
        try {
            all.read();
        } catch (const std::runtime_error& failure) {
            return std::string(failure.what());
        }
        return std::string();
    };
    CHECK(complaint("INSERT INTO subscription VALUES(1,'a/#/b',0,0,0,0)") ==
          "its table subscription has a row whose filter is none");
    all.file.run("DELETE FROM subscription");
    CHECK(complaint("INSERT INTO outgoing VALUES(1,1,99,1,0,0,0,0,'','')") ==
          "its table outgoing has a row whose message is missing");
    all.file.run("DELETE FROM outgoing");
    CHECK(complaint("INSERT INTO retained VALUES(1,'a/+','','',0,0,NULL)") ==
          "its table retained has a row whose topic is none");
    all.file.run("DELETE FROM retained");
    CHECK(complaint("INSERT INTO incoming VALUES(1,70000)") ==
          "its table incoming has a row with 70000 where at most 65535 can be");
}

// tests/store/version_1.db was written by the program when its tables had version 1.
TEST_CASE("a file of version 1 is brought forward, and holds what it held", "[store]") {
    const std::string path = SLUICE_SOURCE_DIR "/tests/store/version_1.db";
    database old(path, database::how::read);
    database copy(":memory:", database::how::create);
    copy_database(old, copy);
    prepare_schema(copy);
    CHECK(copy.number("PRAGMA user_version") == schema_version());
    everything found;
    const moment then{at.steady, wall_of(1'795'552'500'000)};
    read_stored_state(
        copy, then, found, [](auto, auto) {}, [](auto) {});
    REQUIRE(found.sessions.size() == 2);
    const auto& shared = found.sessions.at("café");
    CHECK(shared.expiry == 4'294'967'295);
    CHECK(found.filters == std::set<std::string>{"alarm/#", "$share/g/home/+"});
    CHECK(found.retained == std::map<std::string, std::string>{{"home/lamp", "ON"}});
    REQUIRE(found.entries.size() == 4);
    CHECK(found.entries[0].what->payload() == "open");
    CHECK(found.entries[1].what->payload() == "rain");
    CHECK(found.entries[1].qos == qos::exactly_once);
    CHECK_FALSE(found.entries[1].what->properties().empty());
    CHECK(found.entries[2].more->shared == "$share/g/home/+");
    CHECK(found.entries[2].more->identifiers == std::vector<std::uint32_t>{7});
    change_writer writes(copy); // every statement fits the tables
}

TEST_CASE("a file of a newer version, or of another program, is refused", "[store]") {
    const auto complaint = [](database& in) {
        try {
            prepare_schema(in);
        } catch (const std::runtime_error& failure) {
            return std::string(failure.what());
        }
        return std::string();
    };
    database newer(":memory:", database::how::create);
    prepare_schema(newer);
    newer.run("PRAGMA user_version=99");
    CHECK(complaint(newer).find("written by a newer version of sluice") != std::string::npos);
    database other(":memory:", database::how::create);
    other.run("CREATE TABLE theirs(a)");
    CHECK(complaint(other) == "it is the database of another program");
}
