// Response topics of the server's own, below $reply/ (MQTT 5 section 4.10): whoever knows one was
// asked, as nobody can guess it.
#pragma once

#include <string>

namespace rest {

// Another one each time.
std::string fresh_reply_topic();

} // namespace rest
