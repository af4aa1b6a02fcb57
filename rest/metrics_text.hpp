// All numbers of the process as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0.
#pragma once

#include "mqtt/broker/readings.hpp"
#include "rest/resource_usage.hpp"

#include <string>
#include <string_view>

namespace rest {

enum class exposition { prometheus, openmetrics };

std::string_view content_type_of(exposition form);

std::string metrics_text(const mqtt::readings& now, const resource_usage& usage, exposition form);

} // namespace rest
