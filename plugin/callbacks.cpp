#include "plugin/callbacks.hpp"

#include <algorithm>
#include <utility>

namespace plugin {
namespace {

constexpr std::string_view control_prefix = "$CONTROL/";

bool is_known(int event) {
    return event >= MOSQ_EVT_RELOAD && event <= MOSQ_EVT_DISCONNECT;
}

std::uint32_t bit_of(int event) {
    return std::uint32_t{1} << event;
}

// The topic of a control callback comes as the event's argument; others have none.
std::string topic_of(int event, const void* event_argument) {
    if (event != MOSQ_EVT_CONTROL || event_argument == nullptr)
        return {};
    return static_cast<const char*>(event_argument);
}

bool is_control_topic(std::string_view topic) {
    return topic.starts_with(control_prefix) && topic.size() > control_prefix.size() &&
           topic.size() <= control_topic_bytes_max;
}

} // namespace

int number_of(event what) {
    switch (what) {
    case event::basic_auth:
        return MOSQ_EVT_BASIC_AUTH;
    case event::extended_auth:
        return MOSQ_EVT_EXT_AUTH_START;
    case event::extended_auth_further:
        return MOSQ_EVT_EXT_AUTH_CONTINUE;
    case event::acl_check:
        return MOSQ_EVT_ACL_CHECK;
    case event::psk_key:
        return MOSQ_EVT_PSK_KEY;
    case event::message:
        return MOSQ_EVT_MESSAGE;
    case event::control:
        return MOSQ_EVT_CONTROL;
    case event::disconnect:
        return MOSQ_EVT_DISCONNECT;
    case event::reload:
        return MOSQ_EVT_RELOAD;
    case event::tick:
        return MOSQ_EVT_TICK;
    }
    return 0;
}

int callbacks::add(const mosquitto_plugin_id_t* owner, int event,
                   MOSQ_FUNC_generic_callback function, const void* event_argument,
                   void* userdata) {
    if (function == nullptr)
        return MOSQ_ERR_INVAL;
    if (!is_known(event))
        return MOSQ_ERR_NOT_SUPPORTED;
    auto topic = topic_of(event, event_argument);
    const bool control = event == MOSQ_EVT_CONTROL;
    if (control && !is_control_topic(topic))
        return MOSQ_ERR_INVAL;
    const std::scoped_lock hold(lock_);
    if (rows_.size() >= callbacks_max)
        return MOSQ_ERR_NOMEM;
    for (const auto& row : rows_) {
        const bool same = control ? row->topic == topic && row->owner->realm == owner->realm
                                  : row->function == function && row->owner == owner;
        if (row->event == event && same)
            return MOSQ_ERR_ALREADY_EXISTS;
    }
    rows_.push_back(std::make_shared<callback>(
        callback{owner, event, std::move(topic), function, userdata, false}));
    count_present();
    return MOSQ_ERR_SUCCESS;
}

int callbacks::remove(const mosquitto_plugin_id_t* owner, int event,
                      MOSQ_FUNC_generic_callback function, const void* event_argument) {
    if (function == nullptr)
        return MOSQ_ERR_INVAL;
    if (!is_known(event))
        return MOSQ_ERR_NOT_SUPPORTED;
    const auto topic = topic_of(event, event_argument);
    const std::scoped_lock hold(lock_);
    const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const auto& row) {
        return row->owner == owner && row->event == event && row->function == function &&
               row->topic == topic;
    });
    if (found == rows_.end())
        return MOSQ_ERR_NOT_FOUND;
    (*found)->gone = true;
    rows_.erase(found);
    count_present();
    return MOSQ_ERR_SUCCESS;
}

void callbacks::remove_all(const mosquitto_plugin_id_t* owner) {
    const std::scoped_lock hold(lock_);
    std::erase_if(rows_, [&](const auto& row) {
        row->gone = row->gone || row->owner == owner;
        return row->owner == owner;
    });
    count_present();
}

void callbacks::count_present() {
    std::uint32_t present = 0;
    for (const auto& row : rows_)
        present |= bit_of(row->event);
    present_.store(present, std::memory_order_release);
}

bool callbacks::may_have(int event) const {
    return (present_.load(std::memory_order_acquire) & bit_of(event)) != 0;
}

template <class Condition>
callback_list callbacks::select(const Condition& wanted) const {
    const std::scoped_lock hold(lock_);
    callback_list found;
    for (const auto& row : rows_)
        if (wanted(*row))
            found.push_back(row); // bound: callbacks_max
    return found;
}

bool callbacks::has(event what, std::uint16_t realm) const {
    const int number = number_of(what);
    if (!may_have(number))
        return false;
    const std::scoped_lock hold(lock_);
    return std::any_of(rows_.begin(), rows_.end(), [&](const auto& row) {
        return row->event == number && row->owner->realm == realm;
    });
}

bool callbacks::has_control(std::string_view topic, std::uint16_t realm) const {
    return may_have(MOSQ_EVT_CONTROL) && topic.starts_with(control_prefix) &&
           of_control(topic, realm) != nullptr;
}

callback_list callbacks::of(event what, std::uint16_t realm) const {
    return select([number = number_of(what), realm](const callback& row) {
        return row.event == number && row.owner->realm == realm;
    });
}

callback_list callbacks::of_every_realm(event what) const {
    return select([number = number_of(what)](const callback& row) { return row.event == number; });
}

callback_list callbacks::of(const mosquitto_plugin_id_t* owner, event what) const {
    return select([number = number_of(what), owner](const callback& row) {
        return row.event == number && row.owner == owner;
    });
}

std::shared_ptr<const callback> callbacks::of_control(std::string_view topic,
                                                      std::uint16_t realm) const {
    const auto found = select([&](const callback& row) {
        return row.event == MOSQ_EVT_CONTROL && row.topic == topic && row.owner->realm == realm;
    });
    return found.empty() ? nullptr : found.front();
}

} // namespace plugin
