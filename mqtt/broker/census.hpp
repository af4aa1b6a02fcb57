// Who is here and who subscribes to what, for administrators: snapshots of one shard, page by page,
// so that a million sessions never make one huge answer; and what may be done to a client. thread:
// the shard's, within a turn, as call_shard runs work.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/types/clock.hpp"
#include "mqtt/types/message.hpp"
#include "mqtt/types/qos.hpp"
#include "mqtt/types/reason.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

class broker;

inline constexpr std::uint32_t session_never_expires = 0xFFFFFFFF; // section 3.1.2.11.2

// A session as it is now, whether its client is connected or away.
struct client_row {
    std::string client_id;
    std::string username; // empty: anonymous
    std::string address;  // of the last connection; empty: not of this run of the process
    std::uint16_t realm = 0;
    evidence by = evidence::nothing;
    wall_time good_until = wall_time::max(); // the end of its token
    bool connected = false;
    bool kept = false;                 // outlives the process
    std::optional<transport> way{};    // of one that is connected
    std::uint8_t protocol_version = 0; // likewise, as CONNECT has it: 3, 4, 5
    std::uint16_t keep_alive = 0;      // likewise, seconds
    std::optional<wall_time> since{};  // when it came or left; nothing: in an earlier run
    std::uint32_t session_expiry = 0;  // seconds that it lives on without a connection
    std::optional<std::uint32_t>
        ends_in{}; // seconds; of one that is away and does not stay for good
    bool has_will = false;
    std::size_t subscriptions = 0;
    std::size_t waiting = 0;   // messages
    std::size_t in_flight = 0; // messages sent and not acknowledged
};

// All that is named must be so.
struct client_query {
    std::string text{}; // a part of client id or user name; letters of both cases are the same
    std::optional<std::string> username{};
    std::optional<transport> way{};
    std::optional<bool> connected{};
    std::string ip{}; // without its port
};

// Rows behind `after` in the bytewise order of their names, the lowest ones.
struct page_query {
    std::string after{};
    std::size_t limit = 0;
    bool count = false; // all, whatever the page
};

template <class Row>
struct census_page {
    std::vector<Row> rows; // at most the limit, in their order
    std::size_t total = 0; // only when asked for
    bool more = false;
};

// Whether the row of a client, of whatever kind, is one of those that are asked for.
bool is_meant(const client_query& asked, const client_row& row);
// "203.0.113.7:51234" and "[2001:db8::1]:51234" without the port.
std::string_view ip_of(std::string_view address);

census_page<client_row> clients_of(broker& here, const client_query& asked, const page_query& page);
std::optional<client_row> find_client(broker& here, std::string_view client_id);
// The identity that it has now.
std::optional<identity> identity_of(broker& here, std::string_view client_id);

struct subscription_row {
    std::string client_id;
    std::string filter; // with $share/ and its group, where it is shared
    mqtt::qos qos = mqtt::qos::at_most_once;
    std::uint32_t identifier = 0; // 0: none

    // By client and filter; no client id and no filter holds this byte.
    std::string key() const { return client_id + '\0' + filter; }
};
// client_id: of this client alone; empty: of all.
census_page<subscription_row> subscriptions_of(broker& here, std::string_view client_id,
                                               const page_query& page);

inline constexpr std::size_t group_members_shown_max = 100;

struct group_row {
    std::string name;
    std::string filter;
    struct member {
        std::string client_id;
        mqtt::qos qos = mqtt::qos::at_most_once;
        bool connected = false;
    };
    std::vector<member> members; // at most group_members_shown_max
    std::size_t member_count = 0;
    std::size_t online_count = 0;

    std::string key() const { return name + '/' + filter; }
};
// Shared subscriptions, with those members that live on this shard.
census_page<group_row> groups_of(broker& here, const page_query& page);

inline constexpr std::size_t receivers_shown_max = 1000;

// Who would get a message of a topic.
struct receiver_row {
    std::string client_id;
    std::string username;
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool connected = false;
    bool may_receive = true; // nothing of it comes to those whom a rule denies it
    bool asked = false;      // plugins would be asked
    std::string group{};     // of its shared subscription; one member of the group gets it
};
// Those of them who live on this shard.
census_page<receiver_row> receivers_of(broker& here, std::string_view topic, std::size_t limit);

// Retained values whatever the rules say of them. thread: a shard's
census_page<message_ptr> retained_values(broker& here, std::string_view filter,
                                         const page_query& page);
// Clears one, as the server itself. requires: not the server's own topic
void clear_retained(broker& here, std::string_view topic);

// Ends the client's connection; false: it has none. Its session stays as long as it may, and its
// will is published.
bool send_away(broker& here, std::string_view client_id, reason why);

// Subscribes for the client, by the client's own rights. done: called once, at once or later on
// this thread, with what SUBACK would say; nothing: there is no such client.
void subscribe_for(broker& here, std::string client_id, std::string filter, mqtt::qos level,
                   std::function<void(std::optional<reason>)> done);

} // namespace mqtt
