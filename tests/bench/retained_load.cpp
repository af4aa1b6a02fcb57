#include "tests/bench/retained_load.hpp"

#include <string>

namespace bench {
namespace {

constexpr std::uint64_t devices_per_site = 1000;
constexpr std::uint64_t window =
    10'000; // written at once; the next follow when all are acknowledged

} // namespace

retained_sizes publish_retained(const endpoint& broker, std::uint64_t count,
                                std::size_t payload_bytes) {
    connection client(broker, "bench-retained");
    retained_sizes sizes{count, 0, count * payload_bytes};
    bytes output;
    bytes room(65'536);
    bytes payload(payload_bytes, 'x');
    for (std::uint64_t done = 0; done < count;) {
        std::uint64_t awaited = 0;
        for (; awaited < window && done < count; ++awaited, ++done) {
            const auto topic = "site/" + std::to_string(done / devices_per_site) + "/device/" +
                               std::to_string(done % devices_per_site) + "/temp";
            sizes.topic_bytes += topic.size();
            encode_publish(output, topic, 1, static_cast<std::uint16_t>(awaited + 1), payload,
                           true);
        }
        client.write(output);
        output.clear();
        while (awaited > 0)
            client.read(room, [&](const frame& packet) {
                decode_puback(packet);
                --awaited;
            });
    }
    return sizes;
}

} // namespace bench
