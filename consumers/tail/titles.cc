#include "consumers/tail/titles.h"

#include "core/item/catalog.h"

namespace segue::tail {

void Titles::take(const Record& record) {
  if (!record.key) return;
  if (!record.value) {
    titles_.erase(*record.key);
    return;
  }
  auto entry = decode_catalog(*record.value);
  if (!entry) return;
  const auto known = titles_.find(entry->track_id);
  if (known == titles_.end() && titles_.size() >= tracks_max_) return;
  titles_[entry->track_id] = {.title = std::move(entry->title), .artist = std::move(entry->artist)};
}

const Title* Titles::find(const std::string& track_id) const {
  const auto found = titles_.find(track_id);
  return found == titles_.end() ? nullptr : &found->second;
}

}  // namespace segue::tail
