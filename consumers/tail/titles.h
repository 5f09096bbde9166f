#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "core/event/event.h"

namespace segue::tail {

struct Title {
  std::string title;
  std::string artist;
};

// The tracks' titles, from the catalogue's records. Once full, new tracks stay without a title
// rather than take more memory. One thread.
class Titles {
 public:
  explicit Titles(std::size_t tracks_max) : tracks_max_(tracks_max) {}

  // A record of segue.catalog.v1; without a value the track is forgotten. What cannot be read is
  // ignored: a watcher judges no writer.
  void take(const Record& record);
  // None if the catalogue has not said. Valid until the next `take`.
  const Title* find(const std::string& track_id) const;

 private:
  std::size_t tracks_max_;
  std::unordered_map<std::string, Title> titles_;
};

}  // namespace segue::tail
