#include "mqtt/store/mosquitto_file.hpp"

#include <algorithm>

namespace mqtt {
namespace {

constexpr std::string_view magic("\0\xB5\0mosquitto db", 15);
constexpr std::size_t checksum_bytes = 4; // always 0
constexpr unsigned oldest_format = 5;
constexpr unsigned newest_format = 6;
constexpr std::size_t id_bytes = 8;

// On disk: never renumber.
enum class chunk : std::uint32_t {
    configuration = 1,
    message = 2,
    queued = 3,
    retained = 4,
    subscription = 5,
    client = 6,
};

struct damage {
    std::size_t offset;
    std::string sentence;
};

// Bytes that are taken from the front. Numbers of eight bytes stand in the order of the machine
// that wrote them, which we take for a little endian one; all others in the order of the network.
class walker {
public:
    walker(std::string_view bytes, std::size_t offset) : rest_(bytes), offset_(offset) {}

    std::size_t offset() const { return offset_; }
    std::size_t left() const { return rest_.size(); }

    std::string_view bytes(std::size_t count) {
        if (count > rest_.size())
            throw damage{offset_, "it ends too early"};
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        offset_ += count;
        return taken;
    }
    std::string_view all() { return bytes(rest_.size()); }

    std::uint8_t byte() { return static_cast<std::uint8_t>(bytes(1).front()); }
    std::uint16_t two() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t four() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t eight() {
        const auto taken = bytes(8);
        std::uint64_t value = 0;
        for (auto at = taken.rbegin(); at != taken.rend(); ++at)
            value = value << 8 | static_cast<std::uint8_t>(*at);
        return value;
    }

private:
    std::uint64_t number(std::size_t width) {
        std::uint64_t value = 0;
        for (const char each : bytes(width))
            value = value << 8 | static_cast<std::uint8_t>(each);
        return value;
    }

    std::string_view rest_;
    std::size_t offset_;
};

// The length in front of properties must be that of what follows.
std::string_view properties_of(walker& from) {
    const auto begin = from.offset();
    if (from.left() == 0)
        return {};
    std::size_t length = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (shift > 21)
            throw damage{begin, "the length of its properties is none"};
        const auto each = from.byte();
        length |= static_cast<std::size_t>(each & 0x7F) << shift;
        if ((each & 0x80) == 0)
            break;
    }
    if (length != from.left())
        throw damage{begin, "the length of its properties is wrong"};
    return from.all();
}

class file_reader {
public:
    explicit file_reader(std::string_view bytes) : from_(bytes, 0) {}

    mosquitto_reading read() {
        try {
            head();
            while (from_.left() > 0)
                next_chunk();
            in_order_of_ids();
        } catch (const damage& found) {
            read_ = {};
            read_.problem = found.sentence + " (at byte " + std::to_string(found.offset) + ")";
        }
        return std::move(read_);
    }

private:
    void head() {
        if (from_.bytes(std::min(magic.size(), from_.left())) != magic)
            throw damage{0, "it is no database of mosquitto"};
        from_.bytes(checksum_bytes);
        const auto at = from_.offset();
        read_.format = from_.four();
        if (read_.format < oldest_format || read_.format > newest_format)
            throw damage{at, "its format is " + std::to_string(read_.format) +
                                 "; those of mosquitto 1.6 to 2.1 (5 and 6) can be read"};
    }

    void next_chunk() {
        const auto begin = from_.offset();
        const auto kind = static_cast<chunk>(from_.four());
        const auto length = from_.four();
        const auto at = from_.offset();
        walker inside(from_.bytes(length), at);
        switch (kind) {
        case chunk::configuration:
            return configuration(inside);
        case chunk::message:
            return message(inside, begin);
        case chunk::queued:
            return queued(inside, begin);
        case chunk::retained:
            read_.retained.push_back({begin, inside.eight()});
            return;
        case chunk::subscription:
            return subscription(inside, begin);
        case chunk::client:
            return client(inside, begin);
        }
        throw damage{begin, "a part of kind " + std::to_string(static_cast<std::uint32_t>(kind)) +
                                " is not known"};
    }

    void configuration(walker& inside) {
        inside.eight(); // the last id
        read_.was_shut_down = inside.byte() != 0;
        const auto at = inside.offset();
        if (inside.byte() != id_bytes)
            throw damage{at, "its ids are not of eight bytes"};
    }

    void message(walker& inside, std::size_t begin) {
        mosquitto_message row{};
        row.offset = begin;
        row.id = inside.eight();
        row.expires_at = static_cast<std::int64_t>(inside.eight());
        const auto payload = inside.four();
        inside.two(); // the packet id that it came with
        const auto source = inside.two();
        const auto username = inside.two();
        const auto topic = inside.two();
        inside.two(); // the port that it came by
        row.qos = inside.byte();
        row.retain = inside.byte() != 0;
        row.source = inside.bytes(source);
        inside.bytes(username);
        row.topic = inside.bytes(topic);
        row.payload = inside.bytes(payload);
        row.properties = properties_of(inside);
        read_.messages.push_back(row);
    }

    void client(walker& inside, std::size_t begin) {
        mosquitto_client row{};
        row.offset = begin;
        row.expires_at = static_cast<std::int64_t>(inside.eight());
        row.expiry = inside.four();
        row.last_packet_id = inside.two();
        const auto client_id = inside.two();
        std::size_t username = 0;
        if (read_.format > oldest_format) {
            row.listener_port = inside.two();
            username = inside.two();
            inside.bytes(4); // fills the eight bytes up
        }
        row.client_id = inside.bytes(client_id);
        row.username = inside.bytes(username);
        read_.clients.push_back(row);
    }

    void queued(walker& inside, std::size_t begin) {
        mosquitto_queued row{};
        row.offset = begin;
        row.message = inside.eight();
        row.packet_id = inside.two();
        const auto client_id = inside.two();
        row.qos = inside.byte();
        row.state = static_cast<mosquitto_state>(inside.byte());
        if (row.state > mosquitto_state::queued)
            throw damage{inside.offset() - 1, "the state of a message is none"};
        const auto flags = inside.byte();
        row.retain = (flags & 0xF0) != 0;
        row.duplicate = (flags & 0x0F) != 0;
        row.outgoing = inside.byte() != 0;
        row.client_id = inside.bytes(client_id);
        row.properties = properties_of(inside);
        read_.queued.push_back(row);
    }

    void subscription(walker& inside, std::size_t begin) {
        mosquitto_subscription row{};
        row.offset = begin;
        row.identifier = inside.four();
        const auto client_id = inside.two();
        const auto filter = inside.two();
        row.qos = inside.byte();
        const auto options = inside.byte(); // as in SUBSCRIBE
        row.no_local = (options & 0x04) != 0;
        row.retain_as_published = (options & 0x08) != 0;
        inside.bytes(2); // fills the four bytes up
        row.client_id = inside.bytes(client_id);
        row.filter = inside.bytes(filter);
        read_.subscriptions.push_back(row);
    }

    void in_order_of_ids() {
        auto& all = read_.messages;
        std::sort(all.begin(), all.end(),
                  [](const auto& left, const auto& right) { return left.id < right.id; });
        const auto twice =
            std::adjacent_find(all.begin(), all.end(), [](const auto& left, const auto& right) {
                return left.id == right.id;
            });
        if (twice != all.end())
            throw damage{twice->offset, "two messages have one id"};
    }

    walker from_;
    mosquitto_reading read_;
};

} // namespace

bool is_mosquitto_file(std::string_view bytes) {
    return bytes.starts_with(magic);
}

mosquitto_reading read_mosquitto_file(std::string_view bytes) {
    return file_reader(bytes).read();
}

} // namespace mqtt
