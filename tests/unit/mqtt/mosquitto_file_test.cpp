// Files that mosquitto 2.0.11 wrote, in tests/fuzz/corpus/mosquitto_file; format_5 is one of them
// with the rows of clients as mosquitto 1.6 had them.
#include "mqtt/store/mosquitto_file.hpp"
#include "tests/support/catch2_any.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

using namespace mqtt;

namespace {

std::string file(const std::string& name) {
    std::ifstream from(SLUICE_SOURCE_DIR "/tests/fuzz/corpus/mosquitto_file/" + name,
                       std::ios::binary);
    REQUIRE(from);
    std::ostringstream text;
    text << from.rdbuf();
    return text.str();
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

void set_four(std::string& bytes, std::size_t at, std::uint32_t value) {
    for (std::size_t each = 0; each < 4; ++each)
        bytes[at + each] = static_cast<char>(value >> (24 - 8 * each) & 0xFF);
}

constexpr std::size_t header_bytes = 23; // magic, checksum, format

} // namespace

TEST_CASE("every kind of row of a mosquitto database is read") {
    const auto bytes = file("many_states");
    CHECK(is_mosquitto_file(bytes));
    const auto read = read_mosquitto_file(bytes);
    REQUIRE(read.problem == "");
    CHECK(read.format == 6);
    CHECK(read.was_shut_down);

    REQUIRE(read.messages.size() == 6);
    const auto& first = read.messages[0];
    CHECK(first.topic == "home/kitchen/temp");
    CHECK(first.payload == "21.5");
    CHECK(first.source == "pub");
    CHECK(first.qos == 1);
    CHECK(first.retain);
    CHECK(first.expires_at > 1'795'000'000);
    CHECK(first.properties.substr(0, 7) == std::string_view("\x01\x01\x03\0\x0Ate", 7));
    CHECK(read.messages[1].payload == std::string_view("\xFF\0bin", 5));
    CHECK(read.messages[1].expires_at == 0);
    CHECK(read.messages[1].properties == "");

    REQUIRE(read.clients.size() == 4);
    const auto& old = read.clients[0];
    CHECK(old.client_id == "old");
    CHECK(old.username == "");
    CHECK(old.expiry == UINT32_MAX);
    CHECK(old.expires_at == 0);
    CHECK(old.last_packet_id == 3);

    REQUIRE(read.subscriptions.size() == 3);
    const auto& with_options =
        *std::find_if(read.subscriptions.begin(), read.subscriptions.end(),
                      [](const auto& each) { return each.client_id == "new"; });
    CHECK(with_options.filter == "home/+/temp");
    CHECK(with_options.qos == 2);
    CHECK(with_options.identifier == 7);
    CHECK(with_options.no_local);
    CHECK(with_options.retain_as_published);

    std::string states;
    for (const auto& each : read.queued)
        states += std::string(each.client_id) + (each.outgoing ? ">" : "<") +
                  std::to_string(each.qos) + ":" +
                  std::to_string(static_cast<unsigned>(each.state)) + "/" +
                  std::to_string(each.packet_id) + (each.duplicate ? "d" : "") +
                  (each.retain ? "r" : "") + " ";
    INFO(states);
    CHECK(holds(states, "old>1:11/1 old>1:11/2 old>1:11/3 "));
    CHECK(holds(states, "new>1:3/1dr new>1:3/2d new>2:9/3d "));
    CHECK(holds(states, "pub<2:7/2 pub<2:7/6r "));

    REQUIRE(read.retained.size() == 1);
    CHECK(read.retained[0].message == first.id);
}

TEST_CASE("a mosquitto database of format 5 has clients without user names") {
    const auto five_bytes = file("format_5");
    const auto six_bytes = file("many_states");
    const auto read = read_mosquitto_file(five_bytes);
    const auto six = read_mosquitto_file(six_bytes);
    REQUIRE(read.problem == "");
    CHECK(read.format == 5);
    REQUIRE(read.clients.size() == six.clients.size());
    for (std::size_t at = 0; at < read.clients.size(); ++at)
        CHECK(read.clients[at].client_id == six.clients[at].client_id);
    CHECK(read.queued.size() == six.queued.size());
}

TEST_CASE("a mosquitto database names the user of a client") {
    const auto bytes = file("named_user");
    const auto read = read_mosquitto_file(bytes);
    REQUIRE(read.problem == "");
    REQUIRE(read.clients.size() == 1);
    CHECK(read.clients[0].username == "alice");
    CHECK(read.retained.size() == 3);
    CHECK(read.queued.size() == 3);
    const auto empty = read_mosquitto_file(file("empty"));
    CHECK(empty.problem == "");
    CHECK(empty.clients.empty());
}

TEST_CASE("a mosquitto database that is cut anywhere between two rows is short, and else damaged") {
    const auto bytes = file("many_states");
    std::size_t whole = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto read = read_mosquitto_file(std::string_view(bytes).substr(0, size));
        if (read.problem.empty())
            ++whole;
        else
            CHECK(holds(read.problem, "(at byte "));
    }
    const auto all = read_mosquitto_file(bytes);
    // Behind the header, and before each row but the first.
    CHECK(whole == 1 + all.messages.size() + all.clients.size() + all.queued.size() +
                       all.subscriptions.size() + all.retained.size());
}

TEST_CASE("what is damaged in a mosquitto database is told with its place") {
    const auto problem_of = [](const std::string& bytes) {
        const auto read = read_mosquitto_file(bytes);
        CHECK(read.clients.empty());
        return read.problem;
    };
    CHECK(problem_of("") == "it is no database of mosquitto (at byte 0)");
    CHECK(problem_of("{\"kind\":\"store\"}") == "it is no database of mosquitto (at byte 0)");
    auto bytes = file("many_states");
    set_four(bytes, header_bytes - 4, 4);
    CHECK(problem_of(bytes).find("its format is 4; ") == 0);
    bytes = file("many_states");
    set_four(bytes, header_bytes, 9);
    CHECK(problem_of(bytes) == "a part of kind 9 is not known (at byte 23)");
    bytes = file("many_states");
    set_four(bytes, header_bytes + 4, 0xFFFFFFFF);
    CHECK(problem_of(bytes) == "it ends too early (at byte 31)");
    bytes = file("many_states");
    bytes[header_bytes + 8 + 9] = 4;
    CHECK(problem_of(bytes) == "its ids are not of eight bytes (at byte 40)");
    bytes = file("many_states");
    const auto properties = bytes.find(std::string_view("\x24\x01\x01\x03", 4));
    REQUIRE(properties != bytes.npos);
    bytes[properties] = 0x23;
    CHECK(problem_of(bytes).find("the length of its properties is wrong (at byte ") == 0);
}
