#include "rest/batch_body.hpp"

#include "mqtt/types/ensure.hpp"

#include <algorithm>

namespace rest {
namespace {

constexpr std::size_t kept_bytes_max = 65'536; // of room, while nothing is in it

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

} // namespace

void batch_body::put(std::string_view part) {
    text_.erase(0, at_);
    searched_to_ -= std::min(searched_to_, at_);
    at_ = 0;
    if (text_.empty() && text_.capacity() > kept_bytes_max + part.size())
        text_.shrink_to_fit();
    text_ += part;
}

bool batch_body::finish() {
    finished_ = true;
    if (form_ != batch_form::document)
        return true;
    // All of it is looked at before the first message is published.
    json_cursor whole(text_);
    json_value found;
    const bool good = whole.take_value(found) && whole.is_at_end() &&
                      (found.kind == json_kind::object || found.kind == json_kind::array);
    fault_at_ = whole.position();
    single_ = good && found.kind == json_kind::object;
    if (good && !single_)
        at_ = static_cast<std::size_t>(found.begin - text_.data()) + 1; // behind the '['
    return good;
}

batch_body::found batch_body::next(batch_message& into, batch_fault& fault) {
    if (form_ == batch_form::document)
        return next_of_document(into, fault);
    fault.reason = mqtt::reason::success;
    into.clear();
    std::string_view line;
    do {
        if (!next_line(line, fault))
            return found::nothing;
        if (fault.reason != mqtt::reason::success)
            return found::fault;
    } while (is_blank(line));
    return form_ == batch_form::lines ? read_line(line, into, fault)
                                      : read_object(line, into, fault);
}

batch_body::found batch_body::next_of_document(batch_message& into, batch_fault& fault) {
    if (!finished_)
        return found::nothing;
    json_cursor from({text_.data() + at_, text_.size() - at_});
    if (!single_)
        from.take(',');
    const char next = from.peek();
    if (next == '\0' || next == ']')
        return found::nothing;
    const bool readable = read_batch_message(from, terms_, into, fault);
    mqtt::ensure(readable, "a document that was read is read again");
    at_ += from.position();
    return fault.reason == mqtt::reason::success ? found::message : found::fault;
}

// false: there is no whole line.
bool batch_body::next_line(std::string_view& line, batch_fault& fault) {
    const auto end = text_.find('\n', std::max(at_, searched_to_));
    const bool ended = end != std::string::npos;
    const auto size = (ended ? end : text_.size()) - at_;
    searched_to_ = ended ? end + 1 : text_.size();
    const bool too_long = size > line_bytes_max_ && !skipping_;
    if (!ended && !too_long && !skipping_ && (!finished_ || size == 0))
        return false;
    line = std::string_view(text_).substr(at_, size);
    const bool skipped = skipping_;
    skipping_ = !ended && (skipping_ || too_long) && !finished_;
    at_ = ended ? end + 1 : text_.size();
    if (too_long)
        fault = {mqtt::reason::packet_too_large,
                 "A line has at most " + std::to_string(line_bytes_max_) + " bytes"};
    else if (skipped)
        return ended && next_line(line, fault);
    return true;
}

batch_body::found batch_body::read_object(std::string_view line, batch_message& into,
                                          batch_fault& fault) {
    json_cursor from({text_.data() + (line.data() - text_.data()), line.size()});
    const bool readable = read_batch_message(from, terms_, into, fault);
    if (!readable || !from.is_at_end())
        fault = {mqtt::reason::malformed_packet,
                 "The line is not JSON at byte " + std::to_string(from.position())};
    return fault.reason == mqtt::reason::success ? found::message : found::fault;
}

batch_body::found batch_body::read_line(std::string_view line, batch_message& into,
                                        batch_fault& fault) const {
    if (line.ends_with('\r')) // lines of Windows
        line.remove_suffix(1);
    const auto space = std::min(line.find(' '), line.size());
    into.clear();
    into.what.qos = terms_.qos;
    into.what.retain = terms_.retain;
    set_topic(line.substr(0, space), terms_, into);
    line.remove_prefix(std::min(line.size(), space + 1));
    into.what.payload = line;
    fault.reason = mqtt::reason::success;
    return found::message;
}

} // namespace rest
