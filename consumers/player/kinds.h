#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace segue::player {

// The words of a text, folded: taken once, many names are looked for in them.
class Words {
 public:
  // 2,000 characters of prose have some 350; what has more is no prose, and costs no more.
  static constexpr std::size_t kMax = 400;

  // Takes the first kMax.
  explicit Words(std::string_view text);

  std::size_t size() const { return words_.size(); }
  // So many from this one on, with a space between. Requires: from + count <= size(), count > 0.
  std::string_view phrase(std::size_t from, std::size_t count) const;

 private:
  struct Word {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::string text_;  // one space between words
  std::vector<Word> words_;
};

// The genres, or the moods, that tracks of the catalogue have, however they are written (`folded`).
// One thread.
class Kinds {
 public:
  void add(std::string_view name);
  // Requires: it was added as often before.
  void remove(std::string_view name);

  // As the catalogue writes it; null: no track has it. Valid until the next change.
  const std::string* find(std::string_view name) const;
  // The same by kind_hash of its name; slow.
  const std::string* find(std::uint32_t hash) const;
  // The one that the words name, the longest first, then the first; null: none.
  const std::string* named_in(const Words& words) const;
  // Those of the most tracks, at most `max`.
  std::vector<std::string> most(std::size_t max) const;

 private:
  // A name begins with this word, or a longer one that begins so.
  bool may_begin(std::string_view word) const;

  struct Kind {
    std::string name;
    std::size_t tracks = 0;
  };
  std::map<std::string, Kind, std::less<>> kinds_;  // by the folded name
};

}  // namespace segue::player
