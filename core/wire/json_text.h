#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Writing JSON by appending to a text: compact, no locale, no allocation of its own. What is
// escaped is what RFC 8259 asks for; bytes from 0x80 on pass unchanged, so text must be UTF-8.
namespace segue::json {

// Appends the text in quotes.
void append_string(std::string& out, std::string_view text);
void append_number(std::string& out, std::int64_t value);
void append_number(std::string& out, std::uint64_t value);
// The shortest text that reads back as the same float. Requires: finite.
void append_number(std::string& out, float value);
// At most four decimals: what a person reads, a third of the bytes and of the time.
void append_rounded(std::string& out, float value);

// Writes one object's members; commas take care of themselves.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  void text(std::string_view name, std::string_view value) { append_string(member(name), value); }
  template <class Number>
  void number(std::string_view name, Number value) {
    append_number(member(name), value);
  }
  void yes(std::string_view name) { member(name) += "true"; }
  // Appends `"name":` and returns where the value goes.
  std::string& member(std::string_view name);
  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace segue::json
