#include "core/music/counts.h"

#include <algorithm>
#include <array>

#include "core/check.h"
#include "core/wire/blob.h"

namespace segue::music {
namespace {

constexpr std::string_view kMagic = "SGMC";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kTablesMax = 256;
constexpr std::size_t kContextsMax = 1 << 18;
constexpr std::size_t kSymbolsMax = 1 << 16;
constexpr std::uint64_t kTimesMax = 65'535;
constexpr std::size_t kNameBytesMax = 64;

// The tables that `compose` reads without asking whether they are there.
constexpr std::array<std::string_view, 24> kTablesNeeded = {"bass",
                                                            "chords.choral.major",
                                                            "chords.choral.minor",
                                                            "chords.pop.major",
                                                            "chords.pop.minor",
                                                            "drums.jazz",
                                                            "drums.rock",
                                                            "drums.soft",
                                                            "fill.jazz",
                                                            "fill.rock",
                                                            "fill.soft",
                                                            "melody.folk",
                                                            "melody.hymn",
                                                            "melody.rock",
                                                            "melody.song",
                                                            "rhythm.bass.4",
                                                            "rhythm.folk.4",
                                                            "rhythm.folk.t",
                                                            "rhythm.hymn.3",
                                                            "rhythm.hymn.4",
                                                            "rhythm.rock.4",
                                                            "rhythm.song.3",
                                                            "rhythm.song.4",
                                                            "rhythm.song.t"};

// As count.py's key_of: how many symbols, then fourteen bits of each.
std::uint64_t key_of(std::span<const std::uint32_t> context) {
  std::uint64_t key = context.size();
  for (const std::uint32_t symbol : context) key = key << 14 | (symbol & 0x3FFF);
  return key;
}

}  // namespace

std::span<const CountTable::Entry> CountTable::after(std::span<const std::uint32_t> context) const {
  const std::uint64_t key = key_of(context);
  const auto found = std::lower_bound(
      contexts_.begin(), contexts_.end(), key,
      [](const Context& known, std::uint64_t wanted) { return known.key < wanted; });
  if (found == contexts_.end() || found->key != key) return {};
  return std::span(entries_).subspan(found->first, found->size);
}

bool Counts::has(std::string_view name) const {
  return std::any_of(tables_.begin(), tables_.end(),
                     [&](const auto& table) { return table.first == name; });
}

const CountTable& Counts::table(std::string_view name) const {
  const auto found = std::find_if(tables_.begin(), tables_.end(),
                                  [&](const auto& table) { return table.first == name; });
  SEGUE_CHECK(found != tables_.end());
  return found->second;
}

Result<Counts> read_counts(std::string_view bytes) {
  const auto bad = [](const char* why) {
    return error(Reason::malformed, std::string("music counts: ") + why);
  };
  if (bytes.size() > kCountsBytesMax) return error(Reason::too_large, "music counts: over 1 MiB");
  if (!bytes.starts_with(kMagic)) return bad("do not begin with SGMC");
  BlobReader in(bytes.substr(kMagic.size()));
  if (in.u8() != kVersion) return error(Reason::unknown_version, "music counts: not version 1");
  Counts counts;
  for (std::size_t tables = in.count(kTablesMax); tables > 0 && in.ok(); --tables) {
    auto& [name, table] = counts.tables_.emplace_back();
    name = in.text(kNameBytesMax);
    if (counts.tables_.size() > 1 && counts.tables_[counts.tables_.size() - 2].first >= name)
      return bad("tables are out of order");
    std::uint64_t before = 0;
    for (std::size_t contexts = in.count(kContextsMax); contexts > 0 && in.ok(); --contexts) {
      const std::uint64_t key = in.u64();
      if (!table.contexts_.empty() && key <= before) return bad("contexts are out of order");
      before = key;
      const std::size_t symbols = in.count(kSymbolsMax);
      table.contexts_.push_back({key, static_cast<std::uint32_t>(table.entries_.size()),
                                 static_cast<std::uint32_t>(symbols)});
      for (std::size_t i = 0; i < symbols && in.ok(); ++i) {
        const std::uint64_t symbol = in.varint();
        const std::uint64_t times = in.varint();
        if (symbol >= kSymbolsMax || times == 0 || times > kTimesMax)
          return bad("a count is wrong");
        table.entries_.push_back(
            {static_cast<std::uint32_t>(symbol), static_cast<std::uint32_t>(times)});
      }
    }
  }
  if (!in.ok() || !in.at_end()) return bad("are cut off, or bytes follow");
  for (const std::string_view name : kTablesNeeded) {
    if (!counts.has(name))
      return error(Reason::missing_field, "music counts: no table " + std::string(name));
  }
  return counts;
}

const Counts& built_in_counts() {
  static const Counts counts = [] {
    auto read = read_counts(built_in_count_bytes());
    SEGUE_CHECK(read.has_value());  // a unit test reads the same bytes
    return *std::move(read);
  }();
  return counts;
}

}  // namespace segue::music
