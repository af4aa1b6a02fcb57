// mosquitto's own headers, from Debian's package. Of this room only; no header that others include
// may include this one.
#pragma once

// clang-format off: in the order in which they know each other
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <mqtt_protocol.h>
// clang-format on
