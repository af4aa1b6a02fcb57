#include "plugin/host.hpp"

#include "mqtt/auth/fair_queue.hpp"
#include "mqtt/types/clock.hpp"
#include "mqtt/types/ensure.hpp"
#include "mqtt/types/limits.hpp"
#include "plugin/callbacks.hpp"
#include "plugin/dispatcher.hpp"

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace plugin {
namespace {

// "203.0.113.7:51234" without the port: what one client can't have many of.
std::string source_of(const std::string& address) {
    return address.substr(0, address.rfind(':'));
}

mqtt::steady_time now() {
    return std::chrono::steady_clock::now();
}

auth_answer refused(mqtt::reason why) {
    auth_answer answer;
    answer.reason = why;
    return answer;
}

} // namespace

// The queue and the thread.
class host::engine {
public:
    // Called with the dispatcher; or with null and the reason why it is refused.
    using request = std::function<void(dispatcher* stage, mqtt::reason refusal)>;

    explicit engine(broker_side& broker) : broker_(broker) {}
    ~engine() { stop(); }
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    std::vector<std::string> start(std::vector<description> what) {
        std::promise<std::vector<std::string>> loaded;
        auto problems = loaded.get_future();
        thread_ = std::thread([this, what = std::move(what), done = std::move(loaded)]() mutable {
            work(what, std::move(done));
        });
        return problems.get();
    }

    void post(const std::string& address, request asked);
    void close();
    void stop();
    const callbacks& registry() const { return registry_; }

private:
    void work(const std::vector<description>& what, std::promise<std::vector<std::string>> loaded);
    std::optional<request> next(mqtt::steady_time until);

    broker_side& broker_;
    callbacks registry_;
    std::mutex lock_; // waiting_, closed_, overflowing_
    std::condition_variable due_;
    mqtt::fair_queue<request> waiting_{requests_max};
    bool closed_ = false;
    bool overflowing_ = false; // and that has been said
    std::mutex joining_;       // stop() may come from several threads
    std::thread thread_;
};

void host::engine::post(const std::string& address, request asked) {
    std::unique_lock hold(lock_);
    if (closed_) {
        hold.unlock();
        return asked(nullptr, mqtt::reason::server_shutting_down);
    }
    auto displaced = waiting_.put(source_of(address), std::move(asked));
    const bool say = displaced && !std::exchange(overflowing_, true);
    hold.unlock();
    due_.notify_one();
    if (say)
        broker_.write_log(log_level::warning,
                          "the plugins are too slow: " + std::to_string(requests_max) +
                              " requests wait for them, and others are refused");
    if (displaced)
        (*displaced)(nullptr, mqtt::reason::server_busy);
}

// Nothing: the time is over, or the end has come.
std::optional<host::engine::request> host::engine::next(mqtt::steady_time until) {
    std::unique_lock hold(lock_);
    const auto due = [this] { return closed_ || !waiting_.empty(); };
    if (until == mqtt::never)
        due_.wait(hold, due);
    else
        due_.wait_until(hold, until, due);
    auto taken = waiting_.take();
    overflowing_ = overflowing_ && !waiting_.empty();
    return taken;
}

void host::engine::work(const std::vector<description>& what,
                        std::promise<std::vector<std::string>> loaded) {
    dispatcher stage(broker_, registry_);
    auto problems = stage.load(what);
    const bool useless = !problems.empty();
    loaded.set_value(std::move(problems));
    if (useless)
        return;
    auto tick_at = now() + tick_every;
    for (;;) {
        const bool ticks = registry_.has_any(event::tick);
        if (auto asked = next(ticks ? tick_at : mqtt::never))
            (*asked)(&stage, mqtt::reason::success);
        {
            const std::scoped_lock hold(lock_);
            if (closed_ && waiting_.empty())
                return;
        }
        if (ticks && now() >= tick_at) {
            stage.tick();
            tick_at = now() + tick_every;
        }
    }
}

void host::engine::close() {
    std::unique_lock hold(lock_);
    closed_ = true;
    auto waiting = std::exchange(waiting_, mqtt::fair_queue<request>(requests_max));
    hold.unlock();
    due_.notify_all();
    while (const auto each = waiting.take())
        (*each)(nullptr, mqtt::reason::server_shutting_down);
}

void host::engine::stop() {
    close();
    const std::scoped_lock hold(joining_);
    if (!thread_.joinable())
        return;
    mqtt::ensure(thread_.get_id() != std::this_thread::get_id(), "a plugin's thread stops itself");
    thread_.join();
}

host::host(std::unique_ptr<engine> made) : engine_(std::move(made)) {}
host::~host() = default;

host::loading host::load(std::vector<description> what, broker_side& broker) {
    auto made = std::make_unique<engine>(broker);
    auto problems = made->start(std::move(what));
    if (!problems.empty())
        return {nullptr, std::move(problems)};
    return {std::unique_ptr<host>(new host(std::move(made))), {}};
}

bool host::asks(event what, std::uint16_t realm) const {
    return engine_->registry().has(what, realm);
}

bool host::handles_control(std::string_view topic, std::uint16_t realm) const {
    return engine_->registry().has_control(topic, realm);
}

// Whoever waits for CONNACK has given up after connect_deadline, and is not asked about any more.
void host::basic_auth(mqtt::credentials presented, std::function<void(auth_answer)> answer) {
    const auto source = presented.from.address;
    engine_->post(source, [presented = std::move(presented), answer = std::move(answer),
                           asked_at = now()](dispatcher* stage, mqtt::reason refusal) {
        if (stage == nullptr)
            return answer(refused(refusal));
        if (now() - asked_at > mqtt::connect_deadline)
            return answer(refused(mqtt::reason::server_busy));
        answer(stage->basic_auth(presented));
    });
}

void host::extended_auth(auth_step step, std::function<void(auth_step_answer)> answer) {
    const auto source = step.presented.from.address;
    engine_->post(source, [step = std::move(step),
                           answer = std::move(answer)](dispatcher* stage, mqtt::reason refusal) {
        answer(stage != nullptr ? stage->extended_auth(step) : auth_step_answer{refusal, {}, {}});
    });
}

void host::check(std::vector<question> asked, std::function<void(std::vector<verdict>)> answer) {
    mqtt::ensure(!asked.empty(), "plugins are asked nothing");
    const auto source = asked.front().who.address;
    engine_->post(source, [asked = std::move(asked), answer = std::move(answer)](dispatcher* stage,
                                                                                 mqtt::reason) {
        answer(stage != nullptr ? stage->check(asked)
                                : std::vector<verdict>(asked.size(), verdict::denied));
    });
}

void host::psk_key(psk_question asked, std::function<void(psk_answer)> answer) {
    const auto source = asked.from.address;
    engine_->post(source, [asked = std::move(asked), answer = std::move(answer)](dispatcher* stage,
                                                                                 mqtt::reason) {
        answer(stage != nullptr ? stage->psk_key(asked) : psk_answer{});
    });
}

void host::message(plugin::message published, std::function<void(message_answer)> answer) {
    const auto source = published.from.address;
    engine_->post(source, [published = std::move(published), answer = std::move(answer)](
                              dispatcher* stage, mqtt::reason refusal) mutable {
        if (stage == nullptr)
            return answer({refusal, {}, {}});
        answer(stage->message(std::move(published)));
    });
}

void host::control(plugin::message ordered, std::function<void(control_answer)> answer) {
    const auto source = ordered.from.address;
    engine_->post(source, [ordered = std::move(ordered),
                           answer = std::move(answer)](dispatcher* stage, mqtt::reason refusal) {
        answer(stage != nullptr ? stage->control(ordered) : control_answer{refusal, {}});
    });
}

void host::disconnected(mqtt::identity who, mqtt::reason why) {
    const auto source = who.address;
    engine_->post(source, [who = std::move(who), why](dispatcher* stage, mqtt::reason) {
        if (stage != nullptr)
            stage->disconnected(who, why);
    });
}

void host::reload(std::vector<description> what, std::function<void(std::string problem)> answer) {
    engine_->post({}, [what = std::move(what), answer = std::move(answer)](dispatcher* stage,
                                                                           mqtt::reason) {
        answer(stage != nullptr ? stage->reload(what) : "the plugins could not be asked to reload");
    });
}

void host::close() {
    engine_->close();
}

void host::stop() {
    engine_->stop();
}

} // namespace plugin
