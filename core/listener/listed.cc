#include "core/listener/listed.h"

#include <algorithm>

namespace segue {
namespace {

std::uint32_t listed_as(ItemId track) { return static_cast<std::uint32_t>(track.value); }

}  // namespace

void remember_list(Listener& listener, std::int64_t offset, std::span<const ItemId> list) {
  listener.list_offset = offset;
  listener.listed.clear();
  for (const ItemId track : list) listener.listed.push_back(listed_as(track));
}

std::int32_t place_in_list(const Listener& listener, TrackId track) {
  const auto found = std::ranges::find(listener.listed, listed_as(item_of(track)));
  return found == listener.listed.end()
             ? 0
             : static_cast<std::int32_t>(found - listener.listed.begin()) + 1;
}

}  // namespace segue
