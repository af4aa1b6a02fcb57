#include "mqtt/store/payload_numbers.hpp"

#include "mqtt/store/history.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

namespace mqtt {
namespace {

using json = nlohmann::json;

std::string_view without_space(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto begin = text.find_first_not_of(space);
    if (begin == text.npos)
        return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::optional<double> plain_number(std::string_view text) {
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    const bool whole = !text.empty() && read.ec == std::errc() && read.ptr == end;
    return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

void append_token(std::string& out, std::string_view name) {
    out += '/';
    for (const char c : name) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
}

// Walks through a JSON value by the parser's events and knows at each number where it stands.
class number_walk final : public nlohmann::json_sax<json> {
public:
    using visitor = std::function<void(const std::string& name, double value)>;
    explicit number_walk(visitor visit) : visit_(std::move(visit)) {}

    bool null() override { return pass(); }
    bool boolean(bool) override { return pass(); }
    bool number_integer(number_integer_t value) override {
        return number(static_cast<double>(value));
    }
    bool number_unsigned(number_unsigned_t value) override {
        return number(static_cast<double>(value));
    }
    bool number_float(number_float_t value, const string_t&) override { return number(value); }
    bool string(string_t&) override { return pass(); }
    bool binary(binary_t&) override { return pass(); }
    bool start_object(std::size_t) override { return open(false); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (levels_.size() <= numbers_depth_max) {
            path_.resize(levels_.back().path_bytes);
            append_token(path_, name);
        }
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;
    }

private:
    struct level {
        std::size_t path_bytes;
        std::size_t next = 0; // of an array
        bool is_array;
    };

    bool is_near() const {
        return levels_.size() <= numbers_depth_max && path_.size() <= number_name_bytes_max;
    }
    void step_in() { // to the next element of an array
        if (levels_.empty() || !levels_.back().is_array || levels_.size() > numbers_depth_max)
            return;
        path_.resize(levels_.back().path_bytes);
        path_ += '/';
        path_ += std::to_string(levels_.back().next++);
    }
    bool pass() {
        step_in();
        return true;
    }
    bool number(double value) {
        step_in();
        if (is_near() && !levels_.empty() && std::isfinite(value))
            visit_(path_, value);
        return true;
    }
    bool open(bool is_array) {
        step_in();
        levels_.push_back({path_.size(), 0, is_array}); // bound: numbers_payload_bytes_max
        return true;
    }
    bool close() {
        path_.resize(levels_.back().path_bytes);
        levels_.pop_back();
        return true;
    }

    visitor visit_;
    std::string path_;
    std::vector<level> levels_;
};

// False: it is no JSON after all, whatever was seen.
bool walk(std::string_view text, number_walk::visitor visit) {
    number_walk walker(std::move(visit));
    return json::sax_parse(text.begin(), text.end(), &walker);
}

bool could_be_json(std::string_view text) {
    return text.starts_with('{') || text.starts_with('[');
}

} // namespace

std::vector<payload_number> numbers_of(std::string_view payload) {
    std::vector<payload_number> found;
    if (payload.size() > numbers_payload_bytes_max)
        return found;
    const auto text = without_space(payload);
    if (!could_be_json(text)) {
        if (const auto value = plain_number(text))
            found.push_back({{}, *value});
        return found;
    }
    const bool valid = walk(text, [&](const std::string& name, double value) {
        const auto same = std::find_if(found.begin(), found.end(),
                                       [&](const auto& each) { return each.name == name; });
        if (same != found.end())
            same->value = value; // a name that comes twice: the last one counts
        else if (found.size() < numbers_per_payload_max)
            found.push_back({name, value});
    });
    if (!valid)
        found.clear();
    return found;
}

std::optional<double> number_at(std::string_view payload, std::string_view name) {
    if (payload.size() > numbers_payload_bytes_max)
        return std::nullopt;
    const auto text = without_space(payload);
    if (name.empty())
        return could_be_json(text) ? std::nullopt : plain_number(text);
    if (!could_be_json(text))
        return std::nullopt;
    std::optional<double> found;
    const bool valid = walk(text, [&](const std::string& each, double value) {
        if (each == name)
            found = value;
    });
    return valid ? found : std::nullopt;
}

bool is_number_name(std::string_view name) {
    if (name.empty())
        return true;
    if (name.front() != '/' || name.size() > number_name_bytes_max ||
        static_cast<std::size_t>(std::count(name.begin(), name.end(), '/')) > numbers_depth_max)
        return false;
    for (std::size_t at = name.find('~'); at != name.npos; at = name.find('~', at + 1))
        if (at + 1 == name.size() || (name[at + 1] != '0' && name[at + 1] != '1'))
            return false; // RFC 6901 section 3
    return true;
}

} // namespace mqtt
