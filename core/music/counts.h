#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/math/draws.h"
#include "core/result.h"

namespace segue::music {

class Counts;

// How often symbols followed contexts in the corpora: one table of a variable-order Markov model.
class CountTable {
 public:
  struct Entry {
    std::uint32_t symbol = 0;
    std::uint32_t times = 0;
  };

  // The symbols that followed the context's last `context.size()` symbols; empty: never seen.
  std::span<const Entry> after(std::span<const std::uint32_t> context) const;

  // Draws what comes next: by the longest context that was seen, or, the less often it was seen the
  // likelier, by a shorter one (escape as in PPM; Moffat, 1990). `weight(symbol)`, 0 to 1000, says
  // how welcome a symbol is. Nothing: no symbol is welcome.
  template <class Weight>
  std::optional<std::uint32_t> draw(std::span<const std::uint32_t> context, Draws& draws,
                                    const Weight& weight) const {
    for (;; context = context.subspan(1)) {
      const auto entries = after(context);
      std::uint64_t welcome = 0;
      for (const Entry& entry : entries)
        welcome += std::uint64_t{entry.times} * weight(entry.symbol);
      const std::uint64_t escape = context.empty() ? 0 : std::uint64_t{entries.size()} * 500;
      if (welcome > 0) {
        std::uint64_t at = draws.next() % (welcome + escape);
        for (const Entry& entry : entries) {
          const std::uint64_t share = std::uint64_t{entry.times} * weight(entry.symbol);
          if (at < share) return entry.symbol;
          at -= share;
        }
      }
      if (context.empty()) return std::nullopt;
    }
  }

 private:
  friend Result<Counts> read_counts(std::string_view bytes);
  struct Context {
    std::uint64_t key = 0;
    std::uint32_t first = 0;
    std::uint32_t size = 0;
  };
  std::vector<Context> contexts_;  // by key
  std::vector<Entry> entries_;
};

// All tables, by name. Immutable, so any number of threads may read it.
class Counts {
 public:
  // Requires: a table of this name exists, which `read_counts` made sure of for those of
  // `kTablesNeeded`.
  const CountTable& table(std::string_view name) const;
  bool has(std::string_view name) const;

 private:
  friend Result<Counts> read_counts(std::string_view bytes);
  std::vector<std::pair<std::string, CountTable>> tables_;  // by name
};

inline constexpr std::size_t kCountsBytesMax = 1 << 20;

// Reads what core/music/counts/count.py writes (its README has the format). Errors, in one line:
// malformed, unknown_version, too_large, missing_field (a table that composing needs).
Result<Counts> read_counts(std::string_view bytes);

// The counts that this program carries. Read once; thread-safe.
const Counts& built_in_counts();
std::string_view built_in_count_bytes();

}  // namespace segue::music
