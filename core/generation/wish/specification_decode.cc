#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "core/generation/wish/specification.h"
#include "core/wire/json_fields.h"

namespace segue {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kWordBytesMax = 128;

Error wrong(std::string_view field, std::string_view expected) {
  return error(Reason::bad_field, std::string(field) + ": expected " + std::string(expected));
}

std::optional<Error> read_text(std::string_view name, const dom::element& field, std::string& out) {
  std::string_view text;
  if (field.get(text) != simdjson::SUCCESS || text.size() > kWordBytesMax || text.empty())
    return wrong(name, "text of 1 to 128 bytes");
  out = text;
  return std::nullopt;
}

std::optional<Error> read_number(std::string_view name, const dom::element& field,
                                 std::optional<float>& out) {
  double number = 0;
  if (field.get(number) != simdjson::SUCCESS) return wrong(name, "a number");
  // A number far outside every bound stays so, and fits a float.
  out = static_cast<float>(std::clamp(number, -1e6, 1e6));
  return std::nullopt;
}

std::optional<Error> read_tempo(const dom::element& field, std::optional<int>& out) {
  std::int64_t whole = 0;
  if (field.get(whole) != simdjson::SUCCESS)
    return wrong("tempo_bpm", "a whole number of beats a minute");
  out = static_cast<int>(std::clamp<std::int64_t>(whole, -1'000'000, 1'000'000));
  return std::nullopt;
}

std::optional<Error> read_seed(const dom::element& field, std::uint64_t& out) {
  if (field.get(out) == simdjson::SUCCESS) return std::nullopt;
  std::string_view text;
  if (field.get(text) == simdjson::SUCCESS) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (code == std::errc() && end == text.data() + text.size() && !text.empty())
      return std::nullopt;
  }
  return wrong("seed", "a whole number from 0 to 18446744073709551615");
}

std::optional<Error> read_names(const dom::element& field, std::vector<std::string>& out) {
  dom::array list;
  if (field.get(list) != simdjson::SUCCESS || list.size() == 0 || list.size() > kInstrumentsMax)
    return wrong("instruments", "a list of 1 to 6 names");
  for (const dom::element element : list) {
    if (auto e = read_text("instruments", element, out.emplace_back())) return e;
  }
  return std::nullopt;
}

std::optional<Error> read_field(std::string_view name, const dom::element& field, Wished& wished) {
  if (name == "genre") return read_text(name, field, wished.genre);
  if (name == "mood") return read_text(name, field, wished.mood);
  if (name == "tempo_bpm") return read_tempo(field, wished.tempo_bpm);
  if (name == "key") return read_text(name, field, wished.key);
  if (name == "seconds") return read_number(name, field, wished.seconds);
  if (name == "instruments") return read_names(field, wished.instruments);
  if (name == "energy") return read_number(name, field, wished.energy);
  if (name == "seed") return read_seed(field, wished.seed);
  return error(Reason::bad_field,
               "a specification has no such field; known: genre, mood, tempo_bpm, key, seconds, "
               "instruments, energy, seed");
}

}  // namespace

Result<Wished> decode_wished(std::string_view json) {
  const auto document = json::Document::parse(json, kSpecificationBytesMax);
  if (!document) return document.error();
  const dom::object object = document->root();
  Wished wished;
  std::vector<std::string_view> seen;
  for (const auto& [name, field] : object) {
    if (auto e = read_field(name, field, wished)) return *e;
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      return error(Reason::bad_field, std::string(name) + ": stands there twice; say it once");
    seen.push_back(name);
  }
  return wished;
}

Result<Specification> decode_specification(std::string_view json) {
  const auto wished = decode_wished(json);
  if (!wished) return wished.error();
  return checked(*wished);
}

}  // namespace segue
