#include "gateway/log_tail.hpp"

#include "gateway/logging.hpp"

#include <utility>

namespace gateway {
namespace {

// What showing a line has to say would be the next line, without an end.
thread_local bool showing = false;

void show(mqtt::event_hub& to, log_type type, std::string_view line) {
    if (!to.has_listeners() || std::exchange(showing, true))
        return;
    const auto& row = row_of(type);
    to.tell({"log",
             mqtt::wall_time::clock::now(),
             {{"level", std::string(row.name)},
              {"severity", std::int64_t{row.syslog_severity}},
              {"line", std::string(line)}}});
    showing = false;
}

} // namespace

log_tail::log_tail() {
    log::set_line_tap([this](log_type type, std::string_view line) { show(lines_, type, line); });
}

log_tail::~log_tail() {
    log::set_line_tap({});
}

} // namespace gateway
