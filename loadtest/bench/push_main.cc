// Measures how far hostile accounts push one track: its share of others' lists, and of newcomers'
// first lists with its place there. In process, on production's own `step` and `learn`, item models
// always up to date; the same numbers on any machine.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "producers/replay/files/listening.h"
#include "tests/unit/world.h"

namespace segue {
namespace {

constexpr std::string_view kPushed = "pushed";
constexpr std::int64_t kListeners = 300;
constexpr std::size_t kHeardBefore = 12'000;  // events of the stand before the attack
constexpr std::size_t kHeardAfter = 1'500;    // and after it, in which others' lists are looked at
constexpr int kNewcomers = 50;
constexpr std::array kAccounts = {1, 3, 10, 100};

struct Stand {
  std::vector<Event> before;
  std::vector<Event> after;
  std::vector<CatalogEntry> catalogue;
  std::vector<CatalogEntry> popular;  // the most played first
  Micros now = 0;
};

// All of the listening is of the last hours before `now`.
Stand make_stand() {
  const auto listening = simulate({.seed = 3, .listeners = kListeners, .tracks = 2'000});
  EventDecoder decoder;
  Stand stand;
  std::map<std::string, int> plays;
  std::map<std::string, CatalogEntry> catalogue;
  while (stand.after.size() < kHeardAfter) {
    const auto draft = listening->next();
    SEGUE_CHECK(draft.has_value());
    EncodedEvent encoded = encode(*draft, "/segue/bench");
    const Record record{.partition = 0,
                        .offset = 0,
                        .timestamp = draft->time,
                        .key = std::move(encoded.key),
                        .value = std::move(encoded.value),
                        .headers = std::move(encoded.headers)};
    Result<Event> event = decoder.decode(record);
    SEGUE_CHECK(event.has_value());
    if (!event->track_name.empty()) {
      catalogue[event->track_name] =
          test::entry(event->track_name, "Title", event->artist_name, "Name");
      ++plays[event->track_name];
    }
    auto& part = stand.before.size() < kHeardBefore ? stand.before : stand.after;
    part.push_back(*std::move(event));
  }
  stand.now = stand.before.back().time;
  for (const auto& [name, entry] : catalogue) stand.catalogue.push_back(entry);
  stand.popular = stand.catalogue;
  std::stable_sort(stand.popular.begin(), stand.popular.end(),
                   [&](const CatalogEntry& a, const CatalogEntry& b) {
                     return plays.at(a.track_id) > plays.at(b.track_id);
                   });
  return stand;
}

struct Attack {
  std::string_view name;
  int plays = 0;
  bool erases = false;          // after each play
  bool forges_days = false;     // each play of another day, all received now
  bool borrows = false;         // the artist is the one of the most played track
  int follows = 0;              // others of the most played tracks that each play comes after
  std::size_t popular = 2'000;  // which are these
  int days = 0;                 // that the plays are spread over; 0: half a minute
};
constexpr std::array kAttacks = {
    Attack{.name = "2,000 plays in half a minute", .plays = 2'000},
    Attack{.name = "400 plays each", .plays = 400},
    Attack{.name = "played and erased, 100 times", .plays = 100, .erases = true},
    Attack{.name = "100 plays of forged days", .plays = 100, .forges_days = true},
    Attack{.name = "100 plays after what is popular", .plays = 100, .follows = 1},
    Attack{
        .name = "20 plays of it in ten days", .plays = 20, .follows = 5, .popular = 20, .days = 10},
    Attack{.name = "three plays with a known artist", .plays = 3, .borrows = true}};

Event of_type(EventType type, std::string user, Micros at) {
  Event event = test::completed("", "", at);
  event.type = type;
  event.user_id = std::move(user);
  event.skew_known = true;
  return event;
}

Event play_of(const std::string& user, const std::string& track, const std::string& artist,
              Micros at) {
  Event play = of_type(EventType::playback_completed, user, at);
  play.track_name = track;
  play.track = track_id(track);
  play.artist_name = artist;
  play.artist = artist_id(artist);
  return play;
}

void attack(test::World& world, const Stand& stand, const Attack& how, int accounts) {
  const std::string artist = how.borrows ? stand.popular.front().artist_id : "pusher";
  const std::size_t chosen = std::min(how.popular, stand.popular.size());
  const auto popular = [&](int n) -> const CatalogEntry& {
    return stand.popular[static_cast<std::size_t>(n) % chosen];
  };
  for (int i = 0; i < how.plays; ++i) {
    const Micros takes = how.days > 0 ? how.days * kDay : 30 * kSecond;
    const Micros received = stand.now + takes * i / how.plays;
    const Micros at = how.forges_days ? stand.now - (how.plays - i) * kDay : received;
    for (int account = 0; account < accounts; ++account) {
      const std::string user = "hostile-" + std::to_string(account);
      for (int n = 0; n < how.follows; ++n) {
        const CatalogEntry& other = popular(i * how.follows + n);
        Event play = play_of(user, other.track_id, other.artist_id, at);
        play.received = received;
        world.play(play);
      }
      Event play = play_of(user, std::string(kPushed), artist, at);
      play.received = received;
      world.play(play);
      if (how.erases) {
        world.play(of_type(EventType::privacy_erasure_requested, user, received + 1));
      }
    }
  }
}

int place_in(const Recommendation& list) {
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (list.items[i].track_id == kPushed) return static_cast<int>(i) + 1;
  }
  return 0;
}

struct Reached {
  int lists = 0;
  int found = 0;
  int places = 0;
  void add(const Effects& effects) {
    if (!effects.recommendation) return;
    const int place = place_in(*effects.recommendation);
    ++lists;
    found += place > 0 ? 1 : 0;
    places += place;
  }
  double share() const { return lists == 0 ? 0 : 100.0 * found / lists; }
  double place() const { return found == 0 ? 0 : static_cast<double>(places) / found; }
};

// The list of newcomers: nothing is known about them.
Reached first_lists(test::World world, const Stand& stand, Micros later) {
  Reached reached;
  for (int i = 0; i < kNewcomers; ++i) {
    reached.add(world.play(of_type(EventType::session_started, "new-" + std::to_string(i),
                                   stand.now + later + kMinute + i * kSecond)));
  }
  return reached;
}

Reached others_lists(test::World world, const Stand& stand, Micros later) {
  Reached reached;
  for (Event event : stand.after) {
    for (Micros* const time : {&event.time, &event.device_time, &event.received}) *time += later;
    reached.add(world.play(event));
  }
  return reached;
}

void measure(const Stand& stand, bool catalogue) {
  test::World honest;
  if (catalogue) {
    for (const CatalogEntry& entry : stand.catalogue) honest.models().enrich(entry);
  }
  for (const Event& event : stand.before) honest.play(event);
  std::printf("\n%s\n", catalogue ? "a catalogue is loaded" : "no catalogue");
  std::printf("  %-34s %8s %15s %15s %8s\n", "attack", "accounts", "others' lists", "first lists",
              "place");
  for (const Attack& how : kAttacks) {
    for (const int accounts : kAccounts) {
      if (how.plays > 1'000 && accounts > 10) continue;
      test::World world = honest;
      attack(world, stand, how, accounts);
      const Micros later = how.days * kDay;
      const Reached others = others_lists(world, stand, later);
      const Reached first = first_lists(world, stand, later);
      std::printf("  %-34s %8d %13.1f %% %13.1f %% %8.1f\n", std::string(how.name).c_str(),
                  accounts, others.share(), first.share(), first.place());
      std::fflush(stdout);
    }
  }
}

}  // namespace
}  // namespace segue

int main() {
  using namespace segue;
  const Stand stand = make_stand();
  std::printf(
      "%lld listeners, %zu events within %.1f hours, then %zu in which lists are looked at\n",
      static_cast<long long>(kListeners), stand.before.size(),
      seconds_of(stand.now - stand.before.front().time) / 3'600, stand.after.size());
  measure(stand, true);
  measure(stand, false);
  return 0;
}
