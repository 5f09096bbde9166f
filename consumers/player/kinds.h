#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace segue::player {

// The genres, or the moods, that tracks of the catalogue have, whatever their capitals. One thread.
class Kinds {
 public:
  void add(std::string_view name);
  // Requires: it was added as often before.
  void remove(std::string_view name);

  // As the catalogue writes it; null: no track has it. Valid until the next change.
  const std::string* find(std::string_view name) const;
  // The same by kind_hash of its name; slow.
  const std::string* find(std::uint32_t hash) const;
  // The one that the text names, the longest first, then the first; null: none.
  const std::string* named_in(std::string_view text) const;
  // Those of the most tracks, at most `max`.
  std::vector<std::string> most(std::size_t max) const;

 private:
  struct Kind {
    std::string name;
    std::size_t tracks = 0;
  };
  std::map<std::string, Kind, std::less<>> kinds_;  // by the name in small letters
};

}  // namespace segue::player
