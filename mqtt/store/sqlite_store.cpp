#include "mqtt/store/sqlite_store.hpp"

#include "mqtt/store/schema.hpp"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdexcept>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace mqtt {
namespace {

// Pages of 4 KiB in the WAL, then they go into the file: nothing is written meanwhile, so there
// should not be many.
constexpr int checkpoint_pages = 500;
constexpr std::chrono::seconds idle_time{1};         // then what is in the WAL goes into the file
constexpr std::chrono::milliseconds full_pause{250}; // between two tries on a full disk
constexpr std::chrono::seconds room_interval{1};
constexpr std::chrono::seconds trim_interval{
    2}; // between two looks for what is too old or too much

// Seconds since the start of 2020, in letters and digits.
std::string new_epoch() {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(wall_time::clock::now().time_since_epoch())
            .count();
    char digits[16];
    const auto end = std::to_chars(std::begin(digits), std::end(digits),
                                   std::max<std::int64_t>(seconds - 1'577'836'800, 0), 36);
    return {digits, end.ptr};
}

std::string way_out(const std::string& folder) {
    return ". Look at it with: sluice store check --location " + folder +
           "; save what is readable with: sluice store export --location " + folder +
           " >store.ndjson; then move the file away and take it in again with: sluice store import";
}

} // namespace

sqlite_store::sqlite_store(const store_settings& chosen, store_listener told)
    : folder_(chosen.folder), path_(chosen.folder + "/" + file_name), interval_(chosen.interval),
      rules_(chosen.history), history_(chosen.history), told_(std::move(told)) {}

void sqlite_store::open() {
    lock_ = std::make_unique<store_lock>(folder_);
    try {
        open_file();
    } catch (const database_error& failure) {
        throw std::runtime_error("the store " + path_ + " can't be used: " + failure.what() +
                                 (failure.is_damaged() ? way_out(folder_) : ""));
    } catch (const std::runtime_error& failure) {
        throw std::runtime_error("the store " + path_ + " can't be used: " + failure.what());
    }
}

void sqlite_store::open_file() {
    // What people say to each other is nobody else's to read; SQLite's other files take this mode.
    const auto made = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made >= 0)
        ::close(made);
    file_ = std::make_unique<database>(path_, database::how::create);
    auto& file = *file_;
    file.run("PRAGMA journal_mode=WAL");
    sqlite3_wal_hook(
        file.handle(),
        [](void* pages, sqlite3*, const char*, int count) {
            *static_cast<int*>(pages) = count;
            return SQLITE_OK;
        },
        &wal_pages_);
    file.run("PRAGMA synchronous=FULL; PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY");
    prepare_schema(file);
    {
        transaction first(file);
        statement(file, "INSERT OR IGNORE INTO meta VALUES('epoch',?)").bind(1, new_epoch()).run();
        file.run("INSERT OR IGNORE INTO meta VALUES('next_id',1)");
        first.commit();
    }
    const auto number = [&](const char* text) {
        return static_cast<std::uint64_t>(file.number(text));
    };
    epoch_ = file.text("SELECT value FROM meta WHERE name='epoch'");
    last_id_ = number("SELECT value FROM meta WHERE name='next_id'");
    next_session_ = number("SELECT ifnull(max(id),0)+1 FROM session");
    next_entry_ = number("SELECT ifnull(max(id),0)+1 FROM outgoing");
    writer_ = std::make_unique<change_writer>(file);
    if (rules_.empty())
        return;
    past_ = std::make_unique<history_table>(file, rules_);
    reader_ = std::make_unique<history_reader>(
        path_, rules_, [this](std::function<void()> then) { when_written(std::move(then)); });
    history_.open(*reader_);
}

sqlite_store::~sqlite_store() {
    stop();
}

load_counts sqlite_store::load(stored_state_reader& into,
                               const std::function<void(std::uint64_t)>& progress) {
    try {
        const auto at = moment::now();
        return read_stored_state(
            *file_, at, into,
            [this](std::uint64_t message, std::uint32_t times) { writer_->refer(message, times); },
            progress);
    } catch (const std::runtime_error& failure) { // a database_error among them
        throw std::runtime_error("the store " + path_ + " is damaged: " + failure.what() +
                                 way_out(folder_));
    }
}

void sqlite_store::start(std::size_t shards, std::function<void(std::size_t)> wake) {
    wake_ = std::move(wake);
    shards_ = shards;
    of_shards_ = std::make_unique<of_shard[]>(shards);
    look_at_room();
    thread_ = std::thread([this] { run(); });
}

void sqlite_store::close_history() {
    if (reader_)
        reader_->close();
}

void sqlite_store::stop() {
    if (reader_)
        reader_->stop();
    if (!thread_.joinable())
        return;
    {
        const std::lock_guard hold(input_lock_);
        stopping_ = true;
    }
    came_.notify_one();
    thread_.join();
}

// Something more for the writer, who may have to be woken for it.
template <class Add>
void sqlite_store::add_input(Add add) {
    bool was_fresh = false;
    {
        const std::lock_guard hold(input_lock_);
        was_fresh = std::exchange(is_fresh_, true);
        add(input_);
    }
    if (!was_fresh || is_crowded())
        came_.notify_one();
}

store_position sqlite_store::put(std::vector<store_change>& changes, std::vector<joint_part>& joint,
                                 std::uint8_t shard, std::uint64_t newest_id) {
    waiting_.fetch_add(changes.size(), std::memory_order_relaxed);
    stored_turn one{std::move(changes), std::move(joint), shard, ++of_shards_[shard].last};
    const auto at = one.at;
    add_input([&](input& into) {
        queue_.put(std::move(one));
        into.newest_id = std::max(into.newest_id, newest_id);
    });
    changes.clear();
    joint.clear();
    return at;
}

store_position sqlite_store::keep_retained(const message_ptr& now, const message_ptr& before) {
    const bool clears = !now || now->payload().empty();
    add_input([&](input&) { take_retained(clears ? nullptr : now, before ? before->id() : 0); });
    return holds() ? this_turn : 0;
}

store_position sqlite_store::keep_history(const message_ptr& what) {
    if (!past_)
        return 0;
    waiting_.fetch_add(1, std::memory_order_relaxed);
    add_input([&](input& into) {
        into.history.push_back(what);
        into.newest_id = std::max(into.newest_id, what->id());
    });
    return holds() ? this_turn : 0;
}

void sqlite_store::when_written(std::function<void()> then) {
    add_input([&](input& into) { into.afterwards.push_back(std::move(then)); });
    came_.notify_one(); // whoever asks does not wait for the interval
}

// Several values of one topic between two commits are one change: what waits is bounded by the
// number of topics, however long the disk takes.
void sqlite_store::take_retained(const message_ptr& now, std::uint64_t before) {
    auto& waiting = input_.retained;
    const auto known = before == 0 ? input_.retained_at.end() : input_.retained_at.find(before);
    std::size_t place = waiting.size();
    if (known != input_.retained_at.end()) { // it has not been written
        place = known->second;
        input_.retained_at.erase(known);
        waiting[place].now = now;
        if (!now && waiting[place].before == 0)
            input_.retained_free.push_back(place);
    } else if (!input_.retained_free.empty()) {
        place = input_.retained_free.back();
        input_.retained_free.pop_back();
        waiting[place] = {now, before};
    } else {
        waiting.push_back({now, before});
    }
    if (now)
        input_.retained_at.emplace(now->id(), place);
}

// False: the store stops, and nothing is left.
bool sqlite_store::wait_for_input(input& into) {
    std::unique_lock hold(input_lock_);
    const auto something = [this] { return is_fresh_ || stopping_; };
    while (!came_.wait_for(hold, idle_time, something)) {
        hold.unlock();
        trim_history();
        checkpoint(true);
        look_at_room();
        hold.lock();
    }
    if (interval_.count() != 0 && !stopping_)
        came_.wait_for(hold, interval_,
                       [this] { return stopping_ || is_crowded() || !input_.afterwards.empty(); });
    if (!is_fresh_)
        return false;
    is_fresh_ = false;
    into = std::exchange(input_, {});
    into.turns = queue_.take();
    return true;
}

void sqlite_store::run() {
    input taken;
    try {
        while (wait_for_input(taken))
            write(taken);
        checkpoint(true);
    } catch (const database_error& failure) {
        told_.failed("The store " + path_ + " can't be written any more: " + failure.what() +
                     ". Nothing is acknowledged that was not written before.");
    }
}

void sqlite_store::write(input& taken) {
    change_plan plan;
    for (auto& turn : taken.turns) {
        waiting_.fetch_sub(turn.changes.size(), std::memory_order_relaxed);
        plan.take(turn.changes);
    }
    plan.retained = std::move(taken.retained);
    plan.newest_id = taken.newest_id;
    waiting_.fetch_sub(taken.history.size(), std::memory_order_relaxed);
    const bool has_work = !plan.is_empty() || !taken.history.empty();
    while (has_work && !try_to_write(plan, taken.history)) {
        on_full(taken);
        std::unique_lock hold(input_lock_);
        if (came_.wait_for(hold, full_pause, [this] { return stopping_; })) {
            told_.error("The store " + path_ +
                        " stops on a full disk: what was not acknowledged "
                        "is lost.");
            return;
        }
    }
    raise_safe(taken.turns);
    for (const auto& each : taken.afterwards)
        each();
    checkpoint(false);
    look_at_room();
}

// False: there is no room. Throws database_error for every other failure.
bool sqlite_store::try_to_write(const change_plan& plan, const std::vector<message_ptr>& past) {
    const auto begun = std::chrono::steady_clock::now();
    try {
        transaction all(*file_);
        const auto at = moment::now();
        writer_->write(plan, at);
        if (past_)
            write_history(past, at);
        all.commit();
        writer_->commit();
        commit_seconds_.add(std::chrono::steady_clock::now() - begun);
        history_written_.fetch_add(static_cast<std::int64_t>(past.size()),
                                   std::memory_order_relaxed);
        return true;
    } catch (const database_error& failure) {
        writer_->undo();
        if (!failure.is_full())
            throw;
        if (past_)
            past_->forget_uncommitted();
        return false;
    }
}

void sqlite_store::write_history(const std::vector<message_ptr>& past, const moment& at) {
    for (const auto& each : past) {
        const auto expires = at.milliseconds_of(each->expires_at());
        past_->add(*each, expires ? std::optional(wall_of(*expires)) : std::nullopt);
    }
    if (at.wall - trimmed_at_ >= trim_interval && !past_->trim(at.wall))
        trimmed_at_ = at.wall;
    past_->before_commit();
}

// What is too old, while nothing comes.
void sqlite_store::trim_history() {
    if (past_ && wall_time::clock::now() - trimmed_at_ >= trim_interval)
        try_to_write({}, {});
}

void sqlite_store::on_full(const input& taken) {
    has_room_.store(false, std::memory_order_relaxed);
    if (!std::exchange(told_full_, true))
        told_.error(
            "The store " + path_ +
            " can't be written: the disk is full. Messages that have to be kept are refused "
            "until there is room.");
    std::vector<bool> wakes(shards_);
    for (const auto& turn : taken.turns) {
        auto& refused = of_shards_[turn.shard].refused;
        wakes[turn.shard] = wakes[turn.shard] || refused.load() < turn.at;
        refused.store(turn.at, std::memory_order_release);
    }
    for (std::size_t shard = 0; shard < shards_; ++shard)
        if (wakes[shard])
            wake_(shard);
}

void sqlite_store::raise_safe(const std::vector<stored_turn>& written) {
    std::vector<bool> wakes(shards_);
    for (const auto& turn : written) {
        of_shards_[turn.shard].safe.store(turn.at, std::memory_order_release);
        wakes[turn.shard] = true;
    }
    for (std::size_t shard = 0; shard < shards_; ++shard)
        if (wakes[shard])
            wake_(shard);
}

// Whether there is room for what is still to come. Throws nothing: who can't tell goes on.
void sqlite_store::look_at_room() {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_at_ < room_interval && has_room_.load(std::memory_order_relaxed))
        return;
    looked_at_ = now;
    struct statvfs found {};
    const bool is_known = ::statvfs(path_.c_str(), &found) == 0;
    const bool has_room =
        !is_known || std::uint64_t{found.f_bavail} * found.f_frsize >= disk_reserve_bytes;
    has_room_.store(has_room, std::memory_order_relaxed);
    if (!has_room && !std::exchange(told_full_, true))
        told_.error("Less than 16 MiB are left on the disk of the store " + path_ +
                    ". Messages that have to be kept are refused until there is room.");
    if (has_room && std::exchange(told_full_, false))
        told_.notice("There is room again for the store " + path_ + ".");
}

// Brings the WAL into the file; whole: whatever it holds.
void sqlite_store::checkpoint(bool whole) {
    if (wal_pages_ == 0 || (!whole && wal_pages_ < checkpoint_pages))
        return;
    const auto code = sqlite3_wal_checkpoint_v2(file_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                                nullptr, nullptr);
    if (code == SQLITE_OK)
        wal_pages_ = 0;
    const database_error failure(sqlite3_extended_errcode(file_->handle()),
                                 sqlite3_errmsg(file_->handle()));
    if (code != SQLITE_OK && !failure.is_busy() && !failure.is_full())
        throw failure; // on a full disk there may be room the next time
}

} // namespace mqtt
