// What a browser may send to a JSON WebSocket: any bytes as frames in pieces of any size, and the
// same bytes as the text of one frame.
#include "mqtt/types/ensure.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/json_frames.hpp"
#include "rest/json_text.hpp"
#include "rest/topic_address.hpp"
#include "rest/websocket_frames.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace rest;
using mqtt::ensure;

namespace {

constexpr std::size_t message_bytes_max = 1'000;

void check_request(const json_request& what) {
    ensure(what.filters.size() <= filters_max, "filters are bounded");
    for (const auto& each : what.filters)
        if (what.op != json_op::get || !each.filter.empty())
            ensure(mqtt::is_topic_filter(each.filter), "a filter is one");
    if (what.op == json_op::pub || what.op == json_op::req)
        ensure(mqtt::is_topic_name(what.topic), "a message has a topic");
    ensure(what.timeout.count() > 0 && what.timeout <= std::chrono::seconds(61), "a question ends");
    ensure(what.limit >= 1 && what.limit <= 1000, "an answer is bounded");
    ensure(is_json(reasons_answer("suback", what.number, {})), "an answer is JSON");
}

void read_text(std::string_view text) {
    const auto read = read_json_request(text);
    if (read)
        return check_request(*read);
    ensure(is_json(error_answer(read.error().number, read.error().why)), "a refusal is JSON");
}

// The first byte says how large the pieces are.
void read_frames(std::string_view bytes) {
    if (bytes.empty())
        return;
    const auto piece = std::size_t{1} + static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    websocket_reader reader(message_bytes_max);
    while (!bytes.empty()) {
        reader.put(std::string(bytes.substr(0, piece)));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        for (auto seen = reader.next(); seen != websocket_reader::event::nothing;
             seen = reader.next()) {
            using event = websocket_reader::event;
            if (seen == event::broken || seen == event::close) {
                ensure(reader.status() >= 1000 && reader.status() < 5000, "a status is one");
                ensure(reader.next() == event::nothing, "nothing comes after the end");
                return;
            }
            ensure(reader.payload().size() <= message_bytes_max, "a message is bounded");
            if (seen != event::text)
                ensure(reader.payload().size() <= 125, "a control frame is short");
            else
                ensure(mqtt::is_utf8(reader.payload()), "a message is UTF-8");
            if (seen == event::text)
                read_text(reader.payload());
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(bytes), size);
    read_text(all);
    read_frames(all);
    return 0;
}
