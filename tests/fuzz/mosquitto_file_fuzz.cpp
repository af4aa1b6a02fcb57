// mosquitto's databases from anywhere: what is read lies within the bytes, or there is a sentence
// that says why not.
#include "mqtt/store/mosquitto_file.hpp"
#include "mqtt/types/ensure.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace mqtt;

namespace {

void check_within(std::string_view all, std::string_view part) {
    ensure(part.empty() ||
               (part.data() >= all.data() && part.data() + part.size() <= all.data() + all.size()),
           "a text lies within the file");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(bytes), size);
    const auto read = read_mosquitto_file(all);
    if (!read.problem.empty()) {
        ensure(read.messages.empty() && read.clients.empty() && read.queued.empty() &&
                   read.subscriptions.empty() && read.retained.empty(),
               "nothing comes of a damaged file");
        ensure(read.problem.find("(at byte ") != read.problem.npos, "the place is told");
        return 0;
    }
    ensure(is_mosquitto_file(all), "only what begins as one is one");
    ensure(read.format == 5 || read.format == 6, "a format that is known");
    std::uint64_t last = 0;
    for (const auto& each : read.messages) {
        ensure(&each == &read.messages.front() || each.id > last, "ids rise");
        last = each.id;
        for (const auto part : {each.topic, each.payload, each.source, each.properties})
            check_within(all, part);
    }
    for (const auto& each : read.clients) {
        check_within(all, each.client_id);
        check_within(all, each.username);
    }
    for (const auto& each : read.queued) {
        check_within(all, each.client_id);
        check_within(all, each.properties);
        ensure(each.state <= mosquitto_state::queued, "a state that is known");
    }
    for (const auto& each : read.subscriptions) {
        check_within(all, each.client_id);
        check_within(all, each.filter);
    }
    for (const auto& each : read.retained)
        ensure(each.offset < size, "an offset lies within the file");
    return 0;
}
