#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/event/event.h"
#include "core/io/ports.h"
#include "core/result.h"
#include "core/time.h"

namespace segue::admin {

// Where a record stands, as people write it: "segue.events.v1/3/1207".
struct Place {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  // A false alarm about what the compiler writes itself.
  auto operator<=>(const Place&) const = default;  // NOLINT(modernize-use-nullptr)
};
std::string text_of(const Place& place);
std::optional<Place> read_place(std::string_view text);

// The headers of a record of segue.dlq.v1; the format is schemas/dead-letter.v1.json.
struct DeadLetter {
  Place original;  // what could not be used
  std::string reason;
  std::string detail;
  std::string stage;
  std::int64_t attempts = 0;
  std::string put_back_from;      // the letter that the original was itself made of; empty: none
  std::int64_t last_offset = -1;  // the original stands for the offsets up to this; -1: it is one
  std::int64_t whole_bytes = -1;  // of the original's value, of which the letter has less
  std::string whole_sha256;       // of the same, in hex

  // Whether the letter has all of the original, so that it can be put back.
  bool is_whole() const { return whole_bytes < 0 && reason != "unreadable"; }
};

// The header of a record that was put back: the letter it was made of.
inline constexpr std::string_view kPutBackFrom = "segue_put_back_from";

// Errors: missing_field and bad_field, naming the header.
Result<DeadLetter> read_dead_letter(const Record& letter);

// Which letters are meant; what is empty or 0 does not matter.
struct LetterFilter {
  std::string reason;
  std::string topic;
  std::optional<Place> original;
  Micros since = 0;  // Kafka's time of the letter, both ends included
  Micros until = 0;
};
bool matches(const LetterFilter& filter, const DeadLetter& letter, Micros time);

// The original, byte for byte with its own headers, for the topic it came from, and a header that
// names the letter. With a key it goes to the key's partition, else to the one it came from.
io::Publication put_back(const DeadLetter& read, const Record& letter);

// One line for a person: when, why, where from, how large, in detail. No byte of it comes from
// outside unescaped.
std::string line_of(const DeadLetter& read, const Record& letter);
// Line, then key, headers and value of the original.
std::string whole_text_of(const DeadLetter& read, const Record& letter);
// One JSON object; with `whole` also key, headers and value: as text where they are UTF-8, else in
// hex under a name that ends with _hex.
std::string json_of(const DeadLetter& read, const Record& letter, bool whole);

}  // namespace segue::admin
