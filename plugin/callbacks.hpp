// Which function of which plugin is called for which event, in the order of registration. Changed
// on the plugins' thread only; who asks whether there is any may be on another. Of this room only.
#pragma once

#include "plugin/events.hpp"
#include "plugin/interface.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace plugin {

class callbacks;

} // namespace plugin

// What a plugin is given as its identifier; the name is mosquitto's, and so is its place.
struct mosquitto_plugin_id_t {
    plugin::callbacks* registry = nullptr;
    std::string path;
    std::uint16_t realm = 0;
    bool deny_special_characters = true;
};

namespace plugin {

inline constexpr std::size_t callbacks_max = 1000;
inline constexpr std::size_t control_topic_bytes_max = 100;

struct callback {
    const mosquitto_plugin_id_t* owner = nullptr;
    int event = 0;     // MOSQ_EVT_...
    std::string topic; // of a control callback
    MOSQ_FUNC_generic_callback function = nullptr;
    void* userdata = nullptr;
    bool gone = false; // while the list is gone through that still has it
};
using callback_list = std::vector<std::shared_ptr<const callback>>;

int number_of(event what); // MOSQ_EVT_...

class callbacks {
public:
    // Each answers with what mosquitto's function answers: MOSQ_ERR_...
    int add(const mosquitto_plugin_id_t* owner, int event, MOSQ_FUNC_generic_callback function,
            const void* event_argument, void* userdata);
    int remove(const mosquitto_plugin_id_t* owner, int event, MOSQ_FUNC_generic_callback function,
               const void* event_argument);
    void remove_all(const mosquitto_plugin_id_t* owner);

    // thread: any
    bool has(event what, std::uint16_t realm) const;
    bool has_any(event what) const { return may_have(number_of(what)); }
    bool has_control(std::string_view topic, std::uint16_t realm) const;

    callback_list of(event what, std::uint16_t realm) const;
    callback_list of_every_realm(event what) const;
    callback_list of(const mosquitto_plugin_id_t* owner, event what) const;
    std::shared_ptr<const callback> of_control(std::string_view topic, std::uint16_t realm) const;

private:
    template <class Condition>
    callback_list select(const Condition& wanted) const;

    void count_present();
    bool may_have(int event) const;

    // Of every event that somebody has registered for: the usual no costs no lock.
    std::atomic<std::uint32_t> present_{0};
    mutable std::mutex lock_;                     // rows_
    std::vector<std::shared_ptr<callback>> rows_; // bound: callbacks_max
};

} // namespace plugin
