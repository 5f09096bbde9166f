#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "core/math/approximate.h"
#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 1> kColumns = {"sessions"};

constexpr std::size_t kMetMax = Query::kContextMax * ItemModel::kSessionsMax;
constexpr std::size_t kAlikeMax = 64;
constexpr std::size_t kVotedMax = kAlikeMax * SessionLog::kTracksMax;
// Candidates that no other source had, and those that are looked at for them.
constexpr std::size_t kNewMax = 24;
constexpr std::size_t kLookedAtMax = 64;
// A session counts less the longer ago the two were together.
constexpr float kLessEachStep = 0.1F;
constexpr float kDoubt = 1;
// Tracks that one or two accounts played together are not what sessions have in common. With one,
// three accounts that play a track after what is popular would bring it into 17 % of others' lists,
// not 6.
constexpr std::uint8_t kSessionsMin = 3;

// Counts by key in order of first count, on the stack: a table of places, at most half full.
template <class Counted, std::size_t kMax>
class Counts {
 public:
  // Counts are set when a key comes: thousands of them that never do cost nothing.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
  Counts() { places_.fill(0); }
  // The key's count, a fresh one at first.
  Counted& of(std::uint64_t key) {
    std::size_t at = (key * 0x9E3779B97F4A7C15U) >> kShift;
    while (places_[at] != 0 && all_[places_[at] - 1].key != key) at = (at + 1) % kPlaces;
    if (places_[at] == 0) {
      all_[size_] = {};
      all_[size_].key = key;
      places_[at] = static_cast<std::uint16_t>(++size_);
    }
    return all_[places_[at] - 1];
  }
  // Null: the key was never counted.
  const Counted* find(std::uint64_t key) const {
    std::size_t at = (key * 0x9E3779B97F4A7C15U) >> kShift;
    while (places_[at] != 0 && all_[places_[at] - 1].key != key) at = (at + 1) % kPlaces;
    return places_[at] == 0 ? nullptr : &all_[places_[at] - 1];
  }
  std::span<Counted> all() { return {all_.data(), size_}; }

 private:
  static constexpr std::size_t kPlaces = std::bit_ceil(2 * kMax);
  static constexpr int kShift = 64 - std::countr_zero(kPlaces);
  static_assert(kMax < UINT16_MAX);

  std::array<std::uint16_t, kPlaces> places_;
  std::array<Counted, kMax> all_;
  std::size_t size_ = 0;
};

// Neither has initial values, for the same reason.
struct Alike {
  std::uint64_t key;  // the session's number
  float likeness;
  std::uint8_t place;  // in the context, of the latest track that both have
};

struct Vote {
  std::uint64_t key;  // the track's slot
  float weight;
  std::uint8_t sessions;
  std::uint8_t place;
};

using Met = Counts<Alike, kMetMax>;
using Votes = Counts<Vote, kVotedMax>;

std::size_t tracks_here(const Query& query) {
  const auto context = query.context();
  return static_cast<std::size_t>(
      std::find_if(context.begin(), context.end(),
                   [](const Query::Past& past) { return !past.in_session; }) -
      context.begin());
}

// Sessions that have tracks of this one, each worth the more the later it was heard.
void meet(const Query& query, std::size_t here, Met& met) {
  for (std::size_t i = 0; i < here; ++i) {
    const ItemModels::Slot slot = query.context()[i].slot;
    if (slot == ItemModels::kNone) continue;
    const float worth = static_cast<float>(here - i) / static_cast<float>(here);
    for (const SessionLog::Number number : query.models()[slot].sessions) {
      Alike& alike = met.of(number);
      if (alike.likeness == 0) alike.place = static_cast<std::uint8_t>(i);
      alike.likeness += worth;
    }
  }
}

// The most alike of them that are still known, the latest of equals; never this session itself.
std::span<const Alike> most_alike(const Query& query, std::span<Alike> met) {
  const auto before = [](const Alike& a, const Alike& b) {
    return a.likeness != b.likeness ? a.likeness > b.likeness : a.key > b.key;
  };
  const std::size_t n = std::min(met.size(), kAlikeMax + 1);
  std::nth_element(met.begin(), met.begin() + static_cast<std::ptrdiff_t>(n), met.end(), before);
  const SessionLog& log = query.models().sessions();
  for (const Alike& alike : met.first(n)) log.fetch(alike.key);
  const Listener& listener = query.listener();
  const SessionMark own = session_mark(query.whose(), listener.session, listener.time);
  const auto end = std::remove_if(
      met.begin(), met.begin() + static_cast<std::ptrdiff_t>(n),
      [&](const Alike& alike) { return !log.holds(alike.key) || log.mark(alike.key) == own; });
  const auto kept = static_cast<std::size_t>(end - met.begin());
  return met.first(std::min(kept, kAlikeMax));
}

float vote(const Query& query, std::span<const Alike> alike, Votes& votes) {
  float all = 0;
  for (const Alike& session : alike) {
    all += session.likeness;
    const float weight = session.likeness *
                         std::max(0.0F, 1 - kLessEachStep * static_cast<float>(session.place + 1));
    for (const SessionLog::Slot slot : query.models().sessions().tracks(session.key)) {
      Vote& one = votes.of(slot);
      if (one.sessions == 0) one.place = session.place;
      one.weight += weight;
      ++one.sessions;
    }
  }
  return all;
}

// The n with the most weight, in any order.
std::span<Vote> heaviest(std::span<Vote> all, std::size_t n) {
  n = std::min(n, all.size());
  const auto heavier = [](const Vote& a, const Vote& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.key < b.key;
  };
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n), all.end(), heavier);
  return all.first(n);
}

void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const std::size_t here = tracks_here(query);
  if (here == 0) return;
  Met met;
  meet(query, here, met);
  const auto alike = most_alike(query, met.all());
  if (alike.empty()) return;
  Votes votes;
  const float all = vote(query, alike, votes);
  const auto add = [&](const Vote& vote) {
    if (vote.sessions < kSessionsMin) return;
    Candidate* const candidate = candidates.add(static_cast<ItemModels::Slot>(vote.key), source,
                                                vote.weight / (all + kDoubt), vote.place);
    if (candidate != nullptr) candidate->sessions = vote.sessions;
  };
  const std::size_t known = candidates.size();
  for (std::size_t i = 0; i < known; ++i) {
    if (const Vote* const found = votes.find(candidates[i].slot)) add(*found);
  }
  std::span<Vote> fresh = heaviest(votes.all(), kLookedAtMax);
  const auto is_known = [&](const Vote& vote) {
    return candidates.find(static_cast<ItemModels::Slot>(vote.key)) >= 0;
  };
  fresh = fresh.first(static_cast<std::size_t>(
      std::remove_if(fresh.begin(), fresh.end(), is_known) - fresh.begin()));
  for (const Vote& one : heaviest(fresh, kNewMax)) add(one);
}

void describe(const Query&, const Candidate& candidate, std::size_t, float* columns) {
  columns[0] = 0.3F * log1p_about(static_cast<float>(candidate.sessions));
}

std::string_view because(const Query& query, const Candidate& candidate, std::size_t source,
                         Texts& texts) {
  const Query::Past& past = query.context()[candidate.from[source]];
  return with_title(texts, "Heard in other sessions with ", query, past,
                    "Heard in sessions like this one");
}

}  // namespace

const Source kSessions{.name = "sessions",
                       .scale = 0.25F,
                       .gain = 20,
                       .prior_log = 0.3F,
                       .prior_relative = 0.2F,
                       .propose = propose,
                       .columns = kColumns,
                       .describe = describe,
                       .because = because};

}  // namespace segue
