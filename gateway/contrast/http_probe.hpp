// A plain HTTP/1.1 client for measurements, on one connection that is kept open. thread: one
#pragma once

#include "gateway/contrast/counted_socket.hpp"

#include <string>
#include <string_view>

namespace gateway {

// Whose header fields its requests have.
enum class http_form { curl, browser };

struct http_asking {
    std::string_view method = "GET";
    std::string_view target;
    std::string_view fields = {}; // more of them, whole lines
    std::string_view body = {};
};

struct http_answer {
    unsigned status = 0;
    std::string head;
    std::string body;

    // Empty: there is none of that name.
    std::string_view field(std::string_view name) const;
};

class http_probe {
public:
    // authorization: the value of that field; empty: none. requires: to and limit outlive it
    http_probe(const remote_address& to, const patience& limit, http_form form,
               std::string authorization = {});

    void ask(const http_asking& what);
    http_answer read_answer();
    // The same; false: none came until then.
    bool read_answer_until(contrast_time then, http_answer& into);

    // The beginning of an event stream, and its first event.
    http_answer read_stream_head();
    // Waits for the next message of the stream; false: none came until then.
    bool read_message_until(contrast_time then);

    const counted_socket& socket() const { return socket_; }

private:
    bool read_head_until(contrast_time then, http_answer& into);
    bool take_event();

    counted_socket socket_;
    const patience& limit_;
    std::string host_;
    http_form form_;
    std::string authorization_;
    std::string events_; // of a stream, out of their chunks
};

// The text of a request.
std::string request_text(const http_asking& what, http_form form, std::string_view host,
                         std::string_view authorization);

} // namespace gateway
