// Records of segue.recommendations.v1, as the tail and players read them.
#include "consumers/player/list_text.h"
#include "consumers/tail/message.h"
#include "core/check.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const player::HeldCatalog catalogue(10);
  const std::string_view text = fuzz::text_of(data, size);
  const auto seen = tail::read_recommendation(text);
  SEGUE_CHECK(seen ? !seen->user_id.empty() : !seen.error().detail.empty());
  if (seen) SEGUE_CHECK(tail::recommendation_line(text).find('\n') == std::string::npos);
  const player::List list{.version = 1, .published = std::string(text), .snapshot = {}};
  const std::string shown = list_text(list, catalogue);
  if (shown.empty()) return 0;
  // The text for players is again such a list, and gives the same.
  const player::List again{.version = 1, .published = shown, .snapshot = {}};
  SEGUE_CHECK(!list_text(again, catalogue).empty());
  return 0;
}
