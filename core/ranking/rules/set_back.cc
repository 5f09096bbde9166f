#include "core/ranking/rules/set_back.h"

#include <algorithm>
#include <functional>

namespace segue {
namespace {

// From so often in the session's last ten a track is being looped.
constexpr std::ptrdiff_t kLooped = 2;
// With so large a share of repeats among their listens nothing that was chosen steps back: they
// have taught the ranker when they want it again.
constexpr float kRepeater = 0.5F;
// From so large a share on, what just played may stay first.
constexpr float kComesBack = 0.1F;
// Skips count from 0.4 (heard for a while) to 1 (not even listened into). So much of a track's is
// felt, and so much of an artist's: one skip does not ban an artist.
constexpr float kTrackSkipped = 0.3F;
constexpr float kArtistSkipped = 1.5F;

class Waiting {
 public:
  Waiting(const Query& query, std::size_t cool_down)
      : query_(query), cool_down_(query.listener().repeat_share > kRepeater ? 0 : cool_down) {}

  bool is_last(ItemModels::Slot slot) const {
    const ItemModels::Model& model = query_.models()[slot];
    if (query_.skips_of(as_track(model.id)) > kTrackSkipped) return true;
    if (is_skipped(model.artist)) return true;
    const auto& playing = query_.listener().playing;
    if (playing && !playing->chosen && item_of(playing->track) == model.id) return true;
    return std::ranges::any_of(query_.context(),
                               [&](const Query::Past& past) {
                                 return past.in_session && past.slot == slot && !past.chosen;
                               }) &&
           !is_looped(slot);
  }

  // Not off the list: one listen in thirty is of the track before.
  bool is_back(ItemModels::Slot slot) const {
    const auto context = query_.context();
    const auto recent = context.first(std::min(context.size(), cool_down_));
    return std::ranges::any_of(
               recent,
               [&](const Query::Past& past) { return past.in_session && past.slot == slot; }) &&
           !is_looped(slot);
  }

 private:
  bool is_looped(ItemModels::Slot slot) const {
    return std::ranges::count_if(query_.context(), [&](const Query::Past& past) {
             return past.in_session && past.slot == slot && past.chosen;
           }) >= kLooped;
  }

  bool is_skipped(ArtistId artist) const {
    if (query_.known(artist).skips < kArtistSkipped) return false;
    const auto context = query_.context();
    return context.empty() || context.front().artist != artist || !context.front().chosen ||
           !context.front().in_session;
  }

  const Query& query_;
  std::size_t cool_down_;
};

}  // namespace

bool plays_by_itself(const Query& query) {
  const auto& playing = query.listener().playing;
  if (playing) return !playing->chosen;
  const auto context = query.context();
  return !context.empty() && context.front().in_session && !context.front().chosen;
}

void set_back(const Query& query, const Ranking& ranking, const Tuning& tuning,
              std::vector<std::size_t>& order) {
  const Waiting waiting(query, static_cast<std::size_t>(tuning.cool_down_tracks));
  const auto slot_of = [&](std::size_t i) { return ranking.candidates()[i].slot; };
  const auto last = std::stable_partition(
      order.begin(), order.end(), [&](std::size_t i) { return !waiting.is_last(slot_of(i)); });
  const auto is_back = [&](std::size_t i) { return waiting.is_back(slot_of(i)); };
  if (last == order.begin()) return;
  if (plays_by_itself(query)) {
    // It would play its own list for ever.
    const std::ptrdiff_t middle = (tuning.k + 1) / 2;
    const auto upper = order.begin() + std::min(last - order.begin(), middle);
    std::stable_partition(order.begin(), upper, std::not_fn(is_back));
    return;
  }
  // Listeners who come back to tracks have taught the ranker when its first choice is one of them.
  // Only the first place is played unasked; elsewhere the listener chooses, and often this one.
  if (!is_back(order.front()) || query.listener().repeat_share >= kComesBack) return;
  const auto other = std::find_if_not(order.begin(), last, is_back);
  if (other != last) std::rotate(order.begin(), other, other + 1);
}

}  // namespace segue
