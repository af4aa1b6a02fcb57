// Measures the contrast of MQTT with HTTP, from the client's side. thread: one, never a shard's
#pragma once

#include "gateway/contrast/contrast_table.hpp"
#include "gateway/contrast/counted_socket.hpp"
#include "gateway/contrast/http_probe.hpp"
#include "gateway/contrast/mqtt_probe.hpp"

#include <memory>
#include <optional>
#include <string>

namespace gateway {

// What the parts of a run share.
struct contrast_run {
    const patience& limit;
    contrast_table& table;
    remote_address mqtt;
    std::optional<remote_address> http; // nothing: nobody speaks our HTTP there
    std::string payload;
    unsigned clients = 0; // made so far

    const contrast_question& asked() const { return table.asked; }
    std::unique_ptr<mqtt_probe> mqtt_client(std::uint16_t aliases = 0);
    std::unique_ptr<mqtt_probe> websocket_client();
    std::unique_ptr<http_probe> http_client(http_form form = http_form::curl);
    std::string topic_target() const; // "/topics/..."

private:
    mqtt_text::connecting introduction(std::uint16_t aliases);
};

// The parts; each adds its rows. They throw contrast_failure.
void measure_publishing(contrast_run& run);
void measure_receiving(contrast_run& run);
void measure_pings(contrast_run& run);
void measure_crowd(
    contrast_run& run); // fan_out and idle: the receivers of the one stay for the other

// All of it. What fails leaves a note and no rows.
contrast_table run_contrast(const contrast_question& asked, const patience& limit);

// The median; requires: there is one
double median_of(std::vector<double> values);

// CPU time of this thread, in microseconds.
double thread_cpu_us();

} // namespace gateway
