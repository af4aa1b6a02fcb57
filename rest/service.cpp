#include "rest/service.hpp"

#include "rest/lobby.hpp"
#include "rest/roster.hpp"
#include "rest/service_context.hpp"
#include "rest/time_text.hpp"

#include <chrono>
#include <utility>

namespace rest {
namespace {

constexpr std::chrono::milliseconds sweep_period{1000};
constexpr std::chrono::milliseconds stopping_sweep_period{100};
constexpr std::size_t mark_size = 5;

} // namespace

service_context::service_context(boost::asio::io_context& io, mqtt::broker& hub, mqtt::access& door,
                                 settings rules, mqtt::metrics& counters, service_hooks hooks)
    : io(io), hub(hub), door(door), rules(std::move(rules)), counters(counters),
      on_upgrade(std::move(hooks.on_upgrade)), ready(std::move(hooks.ready)),
      on_refused(std::move(hooks.on_refused)), on_reload(std::move(hooks.on_reload)),
      past(hooks.past),
      callers(hooks.callers ? std::move(hooks.callers) : std::make_shared<lobby>()),
      hook_desk(hooks.hook_desk), later(hooks.later),
      streams(hooks.streams ? std::move(hooks.streams) : std::make_shared<live_streams>()),
      log_lines(hooks.log_lines), packets(hooks.packets), present(hooks.present),
      office(hooks.office), addresses(std::move(hooks.addresses)), sweeper_(io),
      random_(std::random_device{}()) {
    constexpr char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (std::size_t i = 0; i < mark_size; ++i)
        mark_ += letters[(random() >> 8U) % 36];
}

std::string_view service_context::date() {
    const auto now = std::chrono::system_clock::now();
    const auto second = std::chrono::system_clock::to_time_t(now);
    if (second != date_second_) {
        date_second_ = second;
        date_ = http_date(now);
    }
    return date_;
}

std::string service_context::next_request_id() {
    return "r-" + mark_ + "-" + std::to_string(++requests_made_);
}

void service_context::begin_sweeping() {
    if (!std::exchange(sweeping_, true))
        arm_sweeper();
}

void service_context::arm_sweeper() {
    sweeper_.expires_after(stopping ? stopping_sweep_period : sweep_period);
    sweeper_.async_wait([held = weak_from_this()](boost::system::error_code) {
        if (const auto self = held.lock())
            self->sweep();
    });
}

void service_context::sweep() {
    if (abandoned_ || connections.empty()) {
        sweeping_ = false;
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    for (auto& connection : connections)
        connection.sweep(now);
    arm_sweeper();
}

void service_context::stop() {
    stopping = true;
    for (auto& connection : connections)
        connection.stop();
    sweeper_.cancel(); // it goes on at the faster pace
}

void service_context::abandon() {
    stopping = true;
    abandoned_ = true;
    for (auto& connection : connections)
        connection.abandon();
    sweeper_.cancel();
}

service::service(boost::asio::io_context& io, mqtt::broker& hub, mqtt::access& door,
                 const settings& rules, mqtt::metrics& counters, service_hooks hooks)
    : context_(
          std::make_shared<service_context>(io, hub, door, rules, counters, std::move(hooks))) {
    if (context_->present != nullptr)
        context_->present->add(hub, context_);
}

void service::rights_changed() {
    for (auto& connection : context_->connections)
        connection.look_again();
}

service::~service() {
    context_->abandon();
}

void service::serve(std::unique_ptr<net::stream> bytes, std::string already_read,
                    std::shared_ptr<const mqtt::entry> by) {
    if (context_->stopping)
        return; // and the stream closes
    const auto connection = std::make_shared<http_connection>(
        context_, std::move(bytes), std::move(already_read), std::move(by));
    context_->begin_sweeping();
    connection->start();
}

void service::stop() {
    context_->stop();
}

std::size_t service::open_connections() const {
    return context_->open;
}

} // namespace rest
