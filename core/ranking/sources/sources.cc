#include <array>

#include "core/ranking/sources/source.h"

namespace segue {

std::string_view with_title(Texts& texts, std::string_view before, const ItemModels::Model& item,
                            std::string_view otherwise) {
  if (item.title.empty()) return otherwise;
  return item.title_fixed ? texts.joined(before, item.title)
                          : texts.naming(before, item.title, item.id);
}

std::string_view with_title(Texts& texts, std::string_view before, const Query& query,
                            const Query::Past& past, std::string_view otherwise) {
  if (past.slot == ItemModels::kNone) return otherwise;
  return with_title(texts, before, query.models()[past.slot], otherwise);
}

std::span<const Source* const> sources() {
  static constexpr std::array kAll = {&kNext,     &kFollows,   &kRepeats, &kArtist,  &kTrending,
                                      &kTogether, &kArtists,   &kOwn,     &kNearest, &kCatalogue,
                                      &kSkips,    &kAgreement, &kSessions};
  static_assert(kAll.size() <= Listener::kSourcesMax);
  return kAll;
}

}  // namespace segue
