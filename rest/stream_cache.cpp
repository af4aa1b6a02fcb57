#include "rest/stream_cache.hpp"

namespace rest {

void stream_cache::append(std::string& out, const stream_format& format,
                          const message_queue::entry& what) {
    const auto& message = *what.what;
    const auto how = format.events ? mqtt::way::sse : mqtt::way::ndjson;
    counts_.add(mqtt::metric::messages_sent, how);
    counts_.add(mqtt::metric::payload_bytes_sent, how,
                static_cast<std::int64_t>(message.payload().size()));
    // What expires shows another number every second.
    if (message.expires_at() != mqtt::never || message.payload().size() > text_bytes_max / 2) {
        append_message(out, format, message, what.qos, what.retained);
        return;
    }
    auto& slot = slots_[message.id() % slots_.size()];
    if (slot.id != message.id() || slot.qos != what.qos || slot.retained != what.retained ||
        !(slot.format == format)) {
        slot.text.clear();
        append_message(slot.text, format, message, what.qos, what.retained);
        slot.id = message.id();
        slot.format = format;
        slot.qos = what.qos;
        slot.retained = what.retained;
    }
    out += slot.text;
    if (slot.text.size() > text_bytes_max) {
        slot.id = 0;
        std::string().swap(slot.text);
    }
}

} // namespace rest
