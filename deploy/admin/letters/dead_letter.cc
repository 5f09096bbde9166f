#include "deploy/admin/letters/dead_letter.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "core/event/topics.h"
#include "core/wire/json_text.h"

namespace segue::admin {
namespace {

constexpr std::string_view kOurs = "segue_dlq_";
constexpr std::size_t kTopicBytesMax = 249;  // Kafka's own limit

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || number < 0) return std::nullopt;
  return number;
}

// Reads our headers and keeps the first error.
class Headers {
 public:
  explicit Headers(const Record& letter) : letter_(letter) {}

  std::string text(const std::string& name) {
    const std::string full = std::string(kOurs) + name;
    const auto found = std::ranges::find(letter_.headers, full, &Header::name);
    if (found != letter_.headers.end()) return found->value;
    if (!failed) failed = error(Reason::missing_field, "header " + full + " is missing");
    return {};
  }

  template <class Number>
  Number number(const std::string& name) {
    const std::string given = text(name);
    const std::optional<Number> read = read_number<Number>(given);
    if (!read && !failed) {
      failed = error(Reason::bad_field,
                     "header " + std::string(kOurs) + name + " is not a whole number from 0");
    }
    return read.value_or(0);
  }

  // -1: there is none.
  std::int64_t optional_number(const std::string& name) {
    const bool there = !header(letter_, std::string(kOurs) + name).empty();
    return there ? number<std::int64_t>(name) : -1;
  }

  std::optional<Error> failed;

 private:
  const Record& letter_;
};

void append_hex(std::string& out, char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += kDigits[static_cast<unsigned char>(byte) >> 4U];
  out += kDigits[static_cast<unsigned char>(byte) & 0xFU];
}

bool is_text(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

// Whether a terminal obeys the character that begins here in UTF-8: a control of eight bits, or one
// that turns the direction of writing.
bool is_obeyed(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  if (at(0) == 0xC2) return at(1) < 0xA0;
  if (at(0) != 0xE2) return false;
  return (at(1) == 0x80 && at(2) >= 0xAA && at(2) <= 0xAE) ||
         (at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9);
}

// Nothing a terminal would obey, and nothing that is not text.
std::string harmless(std::string_view bytes) {
  const bool text = is_text(bytes);
  std::string out;
  std::size_t obeyed = 0;  // bytes still to come of a character that is
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto code = static_cast<unsigned char>(bytes[i]);
    if (text && is_obeyed(bytes.substr(i))) obeyed = code == 0xC2 ? 2 : 3;
    if (code < 0x20 || code == 0x7F || obeyed > 0 || (!text && code >= 0x80)) {
      out += "\\x";
      append_hex(out, bytes[i]);
    } else {
      out += bytes[i];
    }
    if (obeyed > 0) --obeyed;
  }
  return out;
}

void append_bytes(json::ObjectWriter& object, const std::string& name, std::string_view bytes) {
  if (is_text(bytes)) return object.text(name, bytes);
  std::string hex;
  for (const char byte : bytes) append_hex(hex, byte);
  object.text(name + "_hex", hex);
}

std::string bytes_text(const std::optional<std::string>& bytes) {
  return bytes ? harmless(*bytes) : "(none)";
}

}  // namespace

std::string text_of(const Place& place) {
  return place.topic + "/" + std::to_string(place.partition) + "/" + std::to_string(place.offset);
}

std::optional<Place> read_place(std::string_view text) {
  const std::size_t last = text.rfind('/');
  if (last == std::string_view::npos || last == 0) return std::nullopt;
  const std::size_t middle = text.rfind('/', last - 1);
  if (middle == std::string_view::npos || middle == 0) return std::nullopt;
  const auto partition = read_number<std::int32_t>(text.substr(middle + 1, last - middle - 1));
  const auto offset = read_number<std::int64_t>(text.substr(last + 1));
  if (!partition || !offset) return std::nullopt;
  return Place{
      .topic = std::string(text.substr(0, middle)), .partition = *partition, .offset = *offset};
}

Result<DeadLetter> read_dead_letter(const Record& letter) {
  Headers headers(letter);
  DeadLetter read{.original = {.topic = headers.text("original_topic"),
                               .partition = headers.number<std::int32_t>("original_partition"),
                               .offset = headers.number<std::int64_t>("original_offset")},
                  .reason = headers.text("reason"),
                  .detail = headers.text("detail"),
                  .stage = headers.text("stage"),
                  .attempts = headers.number<std::int64_t>("attempts"),
                  .put_back_from = std::string(header(letter, kPutBackFrom)),
                  .last_offset = headers.optional_number("original_last_offset"),
                  .whole_bytes = headers.optional_number("value_bytes"),
                  .whole_sha256 = std::string(header(letter, "segue_dlq_value_sha256"))};
  if (headers.failed) return *headers.failed;
  if (read.original.topic.empty() || read.original.topic.size() > kTopicBytesMax) {
    return error(Reason::bad_field, "header segue_dlq_original_topic is no topic's name");
  }
  return read;
}

bool matches(const LetterFilter& filter, const DeadLetter& letter, Micros time) {
  return (filter.reason.empty() || filter.reason == letter.reason) &&
         (filter.topic.empty() || filter.topic == letter.original.topic) &&
         (!filter.original || *filter.original == letter.original) &&
         (filter.since == 0 || time >= filter.since) && (filter.until == 0 || time <= filter.until);
}

io::Publication put_back(const DeadLetter& read, const Record& letter) {
  io::Publication publication{.topic = read.original.topic,
                              .partition = letter.key ? -1 : read.original.partition,
                              .key = letter.key,
                              .value = letter.value,
                              .headers = letter.headers};
  std::erase_if(publication.headers, [](const Header& header) {
    return header.name.starts_with(kOurs) || header.name == kPutBackFrom;
  });
  const Place here{.topic = std::string(topic::kDeadLetters),
                   .partition = letter.partition,
                   .offset = letter.offset};
  publication.headers.push_back({std::string(kPutBackFrom), text_of(here)});
  return publication;
}

std::string line_of(const DeadLetter& read, const Record& letter) {
  const std::string size =
      letter.value ? std::to_string(letter.value->size()) + " bytes" : "no value";
  std::string line = format_time(letter.timestamp) + "  " + harmless(read.reason);
  line += "  " + harmless(text_of(read.original)) + "  " + size + "  " + harmless(read.detail);
  if (read.whole_bytes >= 0) line += "  (of " + std::to_string(read.whole_bytes) + " bytes)";
  if (!read.put_back_from.empty()) line += "  (had been put back)";
  return line + "\n";
}

std::string whole_text_of(const DeadLetter& read, const Record& letter) {
  std::string text = line_of(read, letter);
  text += "  stage     " + harmless(read.stage) + ", attempts " + std::to_string(read.attempts) +
          "\n  key       " + bytes_text(letter.key) + "\n";
  for (const Header& header : letter.headers) {
    if (header.name.starts_with(kOurs)) continue;
    text += "  header    " + harmless(header.name) + ": " + harmless(header.value) + "\n";
  }
  return text + "  value     " + bytes_text(letter.value) + "\n";
}

std::string json_of(const DeadLetter& read, const Record& letter, bool whole) {
  std::string out;
  json::ObjectWriter object(out);
  object.text("time", format_time(letter.timestamp));
  append_bytes(object, "reason", read.reason);
  append_bytes(object, "detail", read.detail);
  append_bytes(object, "stage", read.stage);
  object.number("attempts", read.attempts);
  append_bytes(object, "topic", read.original.topic);
  object.number("partition", std::int64_t{read.original.partition});
  object.number("offset", read.original.offset);
  object.number("letter_partition", std::int64_t{letter.partition});
  object.number("letter_offset", letter.offset);
  object.number("bytes", static_cast<std::uint64_t>(letter.value ? letter.value->size() : 0));
  if (!read.put_back_from.empty()) append_bytes(object, "put_back_from", read.put_back_from);
  if (read.last_offset >= 0) object.number("last_offset", read.last_offset);
  if (read.whole_bytes >= 0) {
    object.number("whole_bytes", read.whole_bytes);
    append_bytes(object, "whole_sha256", read.whole_sha256);
  }
  if (whole) {
    if (letter.key) append_bytes(object, "key", *letter.key);
    std::string& headers = object.member("headers");
    headers += '[';
    for (const Header& header : letter.headers) {
      if (header.name.starts_with(kOurs)) continue;
      if (headers.back() != '[') headers += ',';
      json::ObjectWriter one(headers);
      append_bytes(one, "name", header.name);
      append_bytes(one, "value", header.value);
      one.close();
    }
    headers += ']';
    if (letter.value) append_bytes(object, "value", *letter.value);
  }
  object.close();
  return out + "\n";
}

}  // namespace segue::admin
