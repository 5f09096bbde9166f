#include "tests/fuzz/fuzz.h"

namespace segue::fuzz {

Record record_of(std::string_view text) {
  Record record{.partition = 0,
                .offset = 0,
                .timestamp = 1'795'262'400 * kSecond,
                .key = {},
                .value = {},
                .headers = {}};
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) {
      record.value = text;
      break;
    }
    const std::size_t colon = line.find(": ");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value =
        colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 2);
    if (name == "key") {
      record.key = value;
    } else {
      record.headers.push_back({std::string(name), std::string(value)});
    }
  }
  return record;
}

}  // namespace segue::fuzz
