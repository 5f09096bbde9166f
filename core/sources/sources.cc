#include <array>

#include "core/sources/source.h"

namespace segue {

std::string_view display_name(const ItemModels::Model& model) {
  return model.title.empty() ? model.name : model.title;
}

std::string_view display_name(const Query& query, const Query::Past& past) {
  return past.slot == ItemModels::kNone ? "what you just played"
                                        : display_name(query.models()[past.slot]);
}

std::span<const Source* const> sources() {
  static constexpr std::array kAll = {&kNext,     &kFollows,   &kRepeats, &kArtist,
                                      &kTrending, &kTogether,  &kArtists, &kOwn,
                                      &kNearest,  &kCatalogue, &kSkips,   &kAgreement};
  static_assert(kAll.size() <= Listener::kSourcesMax);
  return kAll;
}

}  // namespace segue
