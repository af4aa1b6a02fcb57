// Where the rooms below the gateway tell what happens. They hand over facts as lines; the gateway
// decides who reads them.
#pragma once

#include <string_view>

namespace mqtt {

class journal {
public:
    virtual ~journal() = default;
    // True when somebody reads packet lines; ask before making one.
    virtual bool wants_packets() const = 0;
    virtual void packet(std::string_view line) = 0;
    virtual void connection(std::string_view line) = 0; // clients coming and going
    virtual void subscribed(std::string_view line) = 0;
    virtual void unsubscribed(std::string_view line) = 0;
};

} // namespace mqtt
