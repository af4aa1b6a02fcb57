// The same message from one to one, way by way: what publishing it takes, and what receiving it.
#include "gateway/contrast/contrast_run.hpp"

#include <fmt/core.h>

#include <array>
#include <utility>

namespace gateway {
namespace {

using mqtt_text::alias;
using std::chrono::milliseconds;

constexpr unsigned rounds = 20;
// After this time what was to arrive is sent once more: a poll may have come after the message.
constexpr milliseconds again_after{250};
constexpr std::string_view wait_seconds = "5";

// One way to send, or to receive, on a connection of its own.
class way_out {
public:
    virtual ~way_out() = default;
    virtual void begin(std::string_view payload) = 0;
    virtual void finish() = 0;
    virtual const counted_socket& socket() const = 0;
};

class way_in {
public:
    virtual ~way_in() = default;
    virtual void prepare() {}
    virtual bool receive_until(contrast_time then, std::string_view payload) = 0;
    virtual void finish() {}
    virtual const counted_socket& socket() const = 0;
};

class mqtt_out final : public way_out {
public:
    mqtt_out(std::unique_ptr<mqtt_probe> client, std::string_view topic, unsigned qos,
             bool aliased = false, bool retain = false)
        : client_(std::move(client)), what_{topic, {}, qos, retain} {
        what_.how = aliased ? alias::named : alias::none;
    }
    void begin(std::string_view payload) override {
        what_.payload = payload;
        client_->begin_publish(what_);
        if (what_.how == alias::named)
            what_.how = alias::known;
        if (what_.qos == 2)
            client_->finish_publish(); // some brokers pass it on no sooner
    }
    void finish() override {
        if (what_.qos != 2)
            client_->finish_publish();
    }
    const counted_socket& socket() const override { return client_->socket(); }

private:
    std::unique_ptr<mqtt_probe> client_;
    mqtt_text::publishing what_;
};

class post_out final : public way_out {
public:
    post_out(std::unique_ptr<http_probe> client, std::string target)
        : client_(std::move(client)), target_(std::move(target)) {}
    void begin(std::string_view payload) override {
        client_->ask({.method = "POST", .target = target_, .body = payload});
    }
    void finish() override {
        const auto answer = client_->read_answer();
        if (answer.status >= 300)
            throw contrast_failure{fmt::format("POST is answered with {}", answer.status)};
    }
    const counted_socket& socket() const override { return client_->socket(); }

private:
    std::unique_ptr<http_probe> client_;
    std::string target_;
};

class mqtt_in final : public way_in {
public:
    mqtt_in(std::unique_ptr<mqtt_probe> client, std::string_view topic, unsigned qos)
        : client_(std::move(client)) {
        client_->subscribe(topic, qos);
    }
    bool receive_until(contrast_time then, std::string_view payload) override {
        return client_->receive_until(then, payload);
    }
    void finish() override { client_->finish_receive(); }
    const counted_socket& socket() const override { return client_->socket(); }

private:
    std::unique_ptr<mqtt_probe> client_;
};

class stream_in final : public way_in {
public:
    stream_in(std::unique_ptr<http_probe> client, const std::string& target)
        : client_(std::move(client)) {
        client_->ask({.target = target + "?stream", .fields = "Accept: text/event-stream\r\n"});
        const auto answer = client_->read_stream_head();
        if (answer.status != 200)
            throw contrast_failure{fmt::format("a stream is answered with {}", answer.status)};
    }
    bool receive_until(contrast_time then, std::string_view) override {
        return client_->read_message_until(then);
    }
    const counted_socket& socket() const override { return client_->socket(); }

private:
    std::unique_ptr<http_probe> client_;
};

// Asks, and waits for the answer with the next message.
class long_poll_in final : public way_in {
public:
    long_poll_in(std::unique_ptr<http_probe> client, std::string target)
        : client_(std::move(client)), target_(std::move(target)) {
        client_->ask({.target = target_ + "?wait=0"});
        cursor_ = client_->read_answer().field("Mqtt-Cursor");
    }
    void prepare() override {
        client_->ask(
            {.target = fmt::format("{}?wait={}&after={}", target_, wait_seconds, cursor_)});
    }
    bool receive_until(contrast_time then, std::string_view payload) override {
        http_answer answer;
        if (!client_->read_answer_until(then, answer))
            return false;
        if (answer.status != 200 || answer.body != payload)
            throw contrast_failure{fmt::format("a poll is answered with {}", answer.status)};
        cursor_ = answer.field("Mqtt-Cursor");
        return true;
    }
    const counted_socket& socket() const override { return client_->socket(); }

private:
    std::unique_ptr<http_probe> client_;
    std::string target_;
    std::string cursor_;
};

// Looks at the retained value, with the tag of the last one.
class poll_in final : public way_in {
public:
    poll_in(std::unique_ptr<http_probe> client, std::string target, unsigned expected)
        : client_(std::move(client)), target_(std::move(target)), expected_(expected) {}
    bool receive_until(contrast_time, std::string_view) override {
        const auto fields =
            tag_.empty() ? std::string() : fmt::format("If-None-Match: {}\r\n", tag_);
        client_->ask({.target = target_, .fields = fields});
        const auto answer = client_->read_answer();
        if (answer.status != (tag_.empty() ? 200 : expected_))
            throw contrast_failure{fmt::format("a poll is answered with {}", answer.status)};
        tag_ = answer.field("ETag");
        return true;
    }
    const counted_socket& socket() const override { return client_->socket(); }

private:
    std::unique_ptr<http_probe> client_;
    std::string target_;
    unsigned expected_;
    std::string tag_; // empty: it has not looked yet
};

double since(contrast_time then) {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - then)
        .count();
}

struct taken {
    double latency_us = 0;
    double out_cpu_us = 0;
    double in_cpu_us = 0;
};

// One message, from its sending to the last byte of it on either side.
taken pass_on(contrast_run& run, way_out* out, way_in& in) {
    taken made;
    auto cpu = thread_cpu_us();
    in.prepare();
    made.in_cpu_us = thread_cpu_us() - cpu;
    const auto sent = std::chrono::steady_clock::now();
    for (bool came = false; !came; run.limit.check()) {
        cpu = thread_cpu_us();
        if (out != nullptr)
            out->begin(run.payload);
        made.out_cpu_us += thread_cpu_us() - cpu;
        cpu = thread_cpu_us();
        came = in.receive_until(std::chrono::steady_clock::now() + again_after, run.payload);
        made.in_cpu_us += thread_cpu_us() - cpu;
        made.latency_us = since(sent);
        cpu = thread_cpu_us();
        if (out != nullptr)
            out->finish();
        made.out_cpu_us += thread_cpu_us() - cpu;
    }
    cpu = thread_cpu_us();
    in.finish();
    made.in_cpu_us += thread_cpu_us() - cpu;
    return made;
}

// The first message is not counted: it names a topic alias, and shows that all is in place.
// out: null for one that finds nothing new.
void measure(contrast_run& run, contrast_row row, way_out* first, way_out* out, way_in& in) {
    pass_on(run, first, in);
    const bool sends = row.group == contrast_group::publish;
    const auto& socket = sends ? out->socket() : in.socket();
    const auto before = socket.counted();
    std::vector<double> latencies;
    std::vector<double> times;
    for (unsigned round = 0; round < rounds; ++round) {
        const auto one = pass_on(run, out, in);
        latencies.push_back(one.latency_us); // bound: rounds
        times.push_back(sends ? one.out_cpu_us : one.in_cpu_us);
    }
    row.messages = rounds;
    row.counted = socket.counted() - before;
    row.payload_bytes = out == nullptr ? 0 : rounds * run.payload.size();
    row.latency_us = median_of(latencies);
    row.cpu_us = median_of(times);
    row.sockets = socket.counted();
    row.ports = {socket.local_port()};
    run.table.rows.push_back(std::move(row)); // bound: the ways
}

// What can't be had leaves a note, and the other ways are measured.
template <class Measure>
void attempt(contrast_run& run, std::string_view way, Measure measured) {
    try {
        measured();
    } catch (const contrast_failure& failure) {
        run.limit.check();
        run.table.notes.push_back(
            fmt::format("{} was not measured: {}.", way, failure.sentence)); // bound: the ways
    }
}

constexpr std::array<std::string_view, 3> mqtt_names{"mqtt-qos0", "mqtt-qos1", "mqtt-qos2"};
constexpr std::string_view alias_name = "mqtt5-qos0-alias";
constexpr std::string_view websocket_name = "websocket-qos0";

} // namespace

void measure_publishing(contrast_run& run) {
    const auto& topic = run.asked().topic;
    mqtt_in receiver(run.mqtt_client(), topic, 0);
    const auto add = [&](std::string_view way, way_out& out) {
        measure(run, {contrast_group::publish, way}, &out, &out, receiver);
    };
    for (unsigned qos = 0; qos < mqtt_names.size(); ++qos) {
        mqtt_out out(run.mqtt_client(), topic, qos);
        add(mqtt_names[qos], out);
    }
    attempt(run, alias_name, [&] {
        auto client = run.mqtt_client();
        if (client->aliases_allowed() == 0)
            throw contrast_failure{"the broker takes no topic aliases"};
        mqtt_out out(std::move(client), topic, 0, true);
        add(alias_name, out);
    });
    if (!run.http)
        return;
    attempt(run, websocket_name, [&] {
        mqtt_out out(run.websocket_client(), topic, 0);
        add(websocket_name, out);
    });
    post_out curl(run.http_client(), run.topic_target());
    add("post-curl", curl);
    post_out browser(run.http_client(http_form::browser), run.topic_target());
    add("post-browser", browser);
}

namespace {

void measure_polls(contrast_run& run) {
    const auto& topic = run.asked().topic;
    const auto target = run.topic_target();
    mqtt_out keeper(run.mqtt_client(), topic, 1, false, true); // the answer tells that it is kept
    struct acknowledged final : way_out {
        explicit acknowledged(way_out& of) : of_(of) {}
        void begin(std::string_view payload) override {
            of_.begin(payload);
            of_.finish();
        }
        void finish() override {}
        const counted_socket& socket() const override { return of_.socket(); }
        way_out& of_;
    } kept(keeper);
    try {
        poll_in changed(run.http_client(), target, 200);
        measure(run, {contrast_group::receive, "poll-changed"}, &kept, &kept, changed);
        poll_in unchanged(run.http_client(), target, 304);
        measure(run, {contrast_group::receive, "poll-unchanged"}, &kept, nullptr, unchanged);
    } catch (const contrast_failure&) {
        kept.begin({});
        throw;
    }
    kept.begin({}); // an empty one clears it
}

} // namespace

void measure_receiving(contrast_run& run) {
    const auto& topic = run.asked().topic;
    mqtt_out sender(run.mqtt_client(), topic, 0);
    const auto add = [&](std::string_view way, way_out& out, way_in& in) {
        measure(run, {contrast_group::receive, way}, &out, &out, in);
    };
    for (unsigned qos = 0; qos < mqtt_names.size(); ++qos)
        attempt(run, mqtt_names[qos], [&] {
            mqtt_out out(run.mqtt_client(), topic, qos);
            mqtt_in in(run.mqtt_client(), topic, qos);
            add(mqtt_names[qos], out, in);
        });
    attempt(run, alias_name, [&] {
        mqtt_in in(run.mqtt_client(1), topic, 0);
        add(alias_name, sender, in);
    });
    if (!run.http)
        return;
    attempt(run, websocket_name, [&] {
        mqtt_in in(run.websocket_client(), topic, 0);
        add(websocket_name, sender, in);
    });
    attempt(run, "sse", [&] {
        stream_in in(run.http_client(), run.topic_target());
        add("sse", sender, in);
    });
    attempt(run, "long-poll", [&] {
        long_poll_in in(run.http_client(), run.topic_target());
        add("long-poll", sender, in);
    });
    attempt(run, "poll", [&] { measure_polls(run); });
}

} // namespace gateway
