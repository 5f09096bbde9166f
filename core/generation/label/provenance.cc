#include "core/generation/label/provenance.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <optional>

#include "core/wire/json_text.h"

namespace segue {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kListMax = 64;
constexpr std::size_t kDepthMax = 8;

template <class SomeIngredient, class F>
void each_text(SomeIngredient& ingredient, F&& f) requires requires {
  ingredient.kind;
}
{
  f("kind", ingredient.kind);
  f("name", ingredient.name);
  f("version", ingredient.version);
  f("licence", ingredient.licence);
  f("sha256", ingredient.sha256);
}

template <class SomeFile, class F>
void each_text(SomeFile& file, F&& f) requires requires {
  file.media_type;
}
{
  f("name", file.name);
  f("media_type", file.media_type);
  f("sha256", file.sha256);
  f("audio_sha256", file.audio_sha256);
}

template <class SomeProvenance, class F>
void each_own_text(SomeProvenance& provenance, F&& f) {
  f("job", provenance.job);
  f("trigger", provenance.trigger);
  f("digital_source_type", provenance.digital_source_type);
  f("licence", provenance.licence);
  f("pcm_sha256", provenance.pcm_sha256);
}

template <class Part>
void append_list(std::string& out, const std::vector<Part>& parts) {
  out += '[';
  for (const Part& part : parts) {
    if (out.back() != '[') out += ',';
    json::ObjectWriter object(out);
    each_text(part, [&](std::string_view name, const std::string& text) {
      if (!text.empty()) object.text(name, text);
    });
    object.close();
  }
  out += ']';
}

Error missing(std::string_view name) {
  return error(Reason::missing_field, std::string(name) + ": expected text");
}

// A missing text stays empty; another kind is an error.
bool read_text(const dom::object& object, std::string_view name, std::string& out) {
  std::string_view text;
  const auto code = object[name].get(text);
  if (code == simdjson::NO_SUCH_FIELD) return true;
  if (code != simdjson::SUCCESS) return false;
  out = text;
  return true;
}

template <class Part>
bool read_list(const dom::object& object, std::string_view name, std::vector<Part>& out) {
  dom::array list;
  if (object[name].get(list) != simdjson::SUCCESS || list.size() > kListMax) return false;
  for (const dom::element element : list) {
    dom::object one;
    if (element.get(one) != simdjson::SUCCESS) return false;
    bool all = true;
    each_text(out.emplace_back(), [&](std::string_view field, std::string& text) {
      all = all && read_text(one, field, text);
    });
    if (!all) return false;
  }
  return true;
}

bool read_parents(const dom::object& object, std::vector<std::string>& out) {
  dom::array list;
  if (object["parents"].get(list) != simdjson::SUCCESS || list.size() > kListMax) return false;
  for (const dom::element element : list) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) return false;
    out.emplace_back(text);
  }
  return true;
}

bool read_disclosure(const dom::object& object, Disclosure& out) {
  dom::object sides;
  if (object["ai_disclosure"].get(sides) != simdjson::SUCCESS) return false;
  bool all = true;
  each_part(out, [&](std::string_view name, Degree& degree) {
    std::string_view text;
    const auto found = sides[name].get(text) == simdjson::SUCCESS ? degree_of(text) : std::nullopt;
    all = all && found;
    if (found) degree = *found;
  });
  return all;
}

bool read_seed(const dom::object& object, std::uint64_t& out) {
  std::string_view text;
  if (object["seed"].get(text) != simdjson::SUCCESS) return false;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc() && end == text.data() + text.size();
}

Result<Provenance> read(const dom::object& object) {
  std::int64_t version = 0;
  if (object["segue_provenance"].get(version) != simdjson::SUCCESS) {
    return error(Reason::missing_field, "segue_provenance: expected the record's version");
  }
  if (version != kVersion) {
    return error(Reason::unknown_version, "segue_provenance: expected 1");
  }
  Provenance provenance;
  std::string_view wrong;
  each_own_text(provenance, [&](std::string_view name, std::string& text) {
    if (!read_text(object, name, text) || text.empty()) wrong = name;
  });
  if (!wrong.empty()) return missing(wrong);
  if (!read_seed(object, provenance.seed)) return error(Reason::bad_field, "seed: expected digits");
  dom::object specification;
  if (object["specification"].get(specification) != simdjson::SUCCESS) {
    return error(Reason::bad_field, "specification: expected an object");
  }
  provenance.specification = simdjson::minify(specification);
  if (!read_parents(object, provenance.parents)) {
    return error(Reason::bad_field, "parents: expected at most 64 names");
  }
  if (!read_list(object, "ingredients", provenance.ingredients)) {
    return error(Reason::bad_field, "ingredients: expected at most 64 objects of texts");
  }
  if (!read_list(object, "files", provenance.files)) {
    return error(Reason::bad_field, "files: expected at most 64 objects of texts");
  }
  if (!read_disclosure(object, provenance.disclosure)) {
    return error(Reason::bad_field, "ai_disclosure: expected none, assisted or generated for each");
  }
  return provenance;
}

}  // namespace

std::string encode(const Provenance& provenance) {
  std::string json;
  json::ObjectWriter out(json);
  out.number("segue_provenance", kVersion);
  each_own_text(provenance,
                [&](std::string_view name, const std::string& text) { out.text(name, text); });
  // As text: a number of JavaScript does not hold 64 bits.
  out.text("seed", std::to_string(provenance.seed));
  out.member("specification") += provenance.specification.empty() ? "{}" : provenance.specification;
  std::string& parents = out.member("parents");
  parents += '[';
  for (const std::string& parent : provenance.parents) {
    if (parents.back() != '[') parents += ',';
    json::append_string(parents, parent);
  }
  parents += ']';
  json::ObjectWriter sides(out.member("ai_disclosure"));
  each_part(provenance.disclosure,
            [&](std::string_view name, Degree degree) { sides.text(name, name_of(degree)); });
  sides.close();
  append_list(out.member("ingredients"), provenance.ingredients);
  append_list(out.member("files"), provenance.files);
  out.close();
  return json;
}

Result<Provenance> decode_provenance(std::string_view json) {
  if (json.size() > kProvenanceBytesMax) {
    return error(Reason::too_large, "a record has at most 65536 bytes");
  }
  dom::parser parser;
  if (parser.allocate(std::max<std::size_t>(json.size(), 64), kDepthMax) != simdjson::SUCCESS) {
    throw std::bad_alloc();
  }
  const simdjson::padded_string padded(json);
  dom::object object;
  if (const auto code = parser.parse(padded).get(object); code != simdjson::SUCCESS) {
    return error(Reason::malformed, simdjson::error_message(code));
  }
  return read(object);
}

}  // namespace segue
