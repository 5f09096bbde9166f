#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "core/listener/listener.h"
#include "core/models/item_models.h"
#include "core/ranking/learned/ranker.h"
#include "core/ranking/ranking_memory.h"
#include "core/step.h"
#include "loadtest/load/stopwatch.h"

namespace segue {
namespace {

constexpr std::string_view kHelp =
    R"(segue-scale-bench: what a step costs as a listener's history and the catalogue grow.

Plays a listener with 10 to 100,000 plays behind them, among 10,000 tracks; then the same listener
among 1 to 1,000,000 tracks. Checks that lists are full and the listener's state stays small, and
prints CPU time a step with the ratio to the smallest, and what a catalogue takes in memory.

Usage: segue-scale-bench [--json] [--plays-max N] [--tracks-max N]

  --json          one JSON object as the last line
  --plays-max N   no listener with more plays; default 100000, at least 10
  --tracks-max N  no more tracks; default 1000000, at least 100
  --help          this text

Exit code: 0, 1 when a listener's state is larger than it may be (all is printed before), 2 for
wrong flags; it stops when something else that must hold does not.
)";

constexpr std::uint32_t kSeed = 1;
constexpr std::size_t kTimed = 2'000;
constexpr std::size_t kLinks = 20;
constexpr std::size_t kTracksPerArtist = 10;
constexpr std::size_t kUsualTracks = 10'000;
constexpr std::size_t kUsualPlays = 1'000;
constexpr std::size_t kListenerBytesMax = 6'400;
constexpr Micros kStart = 1'795'262'400 * kSecond;  // 2026-11-21T12:00:00Z

double thread_cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

std::string track_name(std::size_t track) { return "track-" + std::to_string(track); }
std::string artist_name(std::size_t track) {
  return "artist-" + std::to_string(track / kTracksPerArtist);
}

// Every track with an artist, plays and neighbours, as if all had been played for months.
ItemModels catalogue(std::size_t tracks) {
  ItemModels models{Tuning{}};
  std::mt19937 random(kSeed);
  for (std::size_t i = 0; i < tracks; ++i) {
    ItemModel model;
    model.name = track_name(i);
    model.id = item_of(track_id(model.name));
    model.artist = artist_id(artist_name(i));
    model.plays = 1 + random() % 1'000;
    model.holders = Item::kHoldersMax;
    model.weighted_plays = static_cast<float>(model.plays);
    model.plays_day = static_cast<float>(model.plays) / 100;
    model.plays_trend = static_cast<float>(model.plays) / 10;
    model.time = kStart;
    for (std::size_t link = 0; link < std::min(kLinks, tracks - 1); ++link) {
      const auto weight = static_cast<float>(kLinks - link);
      model.neighbours.push_back({track_id(track_name(random() % tracks)), weight, weight / 2});
      model.follows_total += weight;
      model.next_total += weight / 2;
    }
    models.put(model);
    if (i % kTracksPerArtist > 0) continue;
    ItemModel artist;
    artist.kind = ItemKind::artist;
    artist.name = artist_name(i);
    artist.id = item_of(artist_id(artist.name));
    artist.time = kStart;
    for (std::size_t t = i; t < std::min(i + kTracksPerArtist, tracks); ++t) {
      artist.neighbours.push_back({track_id(track_name(t)), 1, 0});
    }
    models.put(artist);
  }
  return models;
}

struct Cost {
  std::size_t size = 0;
  Percentiles us;
  double mean_us = 0;
  std::size_t listener_bytes = 0;
  std::size_t held_bytes = 0;  // resident memory that the catalogue added; 0: not measured
};

struct Bounds {
  std::size_t plays_max = 100'000;
  std::size_t tracks_max = 1'000'000;
};

std::size_t resident_bytes() {
  std::size_t pages = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// One listener and one partition's ranker.
class Player {
 public:
  Player(const ItemModels& models, std::size_t tracks) : models_(models), tracks_(tracks) {}

  // Half of the plays come back to something, and sessions are a few hours apart.
  Effects play() {
    const std::size_t track =
        random_() % (random_() % 2 == 0 ? std::min(tracks_, kLoved) : tracks_);
    const std::string name = track_name(track);
    Event event;
    event.type = EventType::playback_completed;
    event.user_id = "ada";
    event.track = track_id(name);
    event.track_name = name;
    event.artist_name = artist_name(track);
    event.artist = artist_id(event.artist_name);
    time_ += ++plays_ % 20 == 0 ? 240 * kMinute : 3 * kMinute;
    event.time = event.device_time = event.received = time_;
    event.offset = static_cast<std::int64_t>(plays_);
    return step(listener_, ranker_, event, models_, tuning_, memory_);
  }

  // Each play is the next after the same history.
  Cost measure(std::size_t size) const {
    std::vector<double> us;
    us.reserve(kTimed);
    double all = 0;
    const std::size_t full = std::min<std::size_t>(tracks_, static_cast<std::size_t>(tuning_.k));
    for (std::size_t i = 0; i < kTimed; ++i) {
      Player next(*this);
      next.random_.seed(static_cast<std::uint32_t>(i));
      const double began = thread_cpu_us();
      const Effects effects = next.play();
      us.push_back(thread_cpu_us() - began);
      all += us.back();
      SEGUE_CHECK(effects.outcome == Outcome::applied && effects.recommendation);
      // A track that has just played may be left out.
      SEGUE_CHECK(effects.recommendation->items.size() + 1 >= full);
    }
    const std::size_t bytes = encode(listener_).size();
    return {size, percentiles(std::move(us)), all / kTimed, bytes, 0};
  }

 private:
  static constexpr std::size_t kLoved = 500;

  const ItemModels& models_;
  std::size_t tracks_;
  std::mt19937 random_{kSeed};
  Tuning tuning_;
  Listener listener_;
  Ranker ranker_;
  RankingMemory memory_;
  Micros time_ = kStart;
  std::size_t plays_ = 0;
};

std::vector<Cost> by_history(std::size_t plays_max) {
  const ItemModels models = catalogue(kUsualTracks);
  std::vector<Cost> costs;
  Player player(models, kUsualTracks);
  std::size_t played = 0;
  for (const std::size_t plays : {10U, 100U, 1'000U, 10'000U, 100'000U}) {
    if (plays > plays_max) break;
    for (; played < plays; ++played) player.play();
    costs.push_back(player.measure(plays));
  }
  return costs;
}

std::vector<Cost> by_catalogue(std::size_t tracks_max) {
  std::vector<Cost> costs;
  for (const std::size_t tracks : {1U, 10U, 100U, 1'000U, 10'000U, 100'000U, 1'000'000U}) {
    if (tracks > tracks_max) break;
    malloc_trim(0);  // what the catalogue before left would be taken for this one's
    const std::size_t before = resident_bytes();
    const ItemModels models = catalogue(tracks);
    const std::size_t after = resident_bytes();
    Player player(models, tracks);
    for (std::size_t i = 0; i < kUsualPlays; ++i) player.play();
    costs.push_back(player.measure(tracks));
    costs.back().held_bytes = after > before ? after - before : 0;
  }
  return costs;
}

// Ratios to `base`: the first size that fills a list.
void show(const char* what, const std::vector<Cost>& costs, const Cost& base) {
  std::printf("%-18s %10s %10s %10s %8s %16s\n", what, "mean µs", "p50 µs", "p99 µs", "ratio",
              "listener bytes");
  for (const Cost& cost : costs) {
    std::printf("%-18zu %9.1f %9.1f %9.1f %7.2f× %15zu\n", cost.size, cost.mean_us, cost.us.p50,
                cost.us.p99, cost.mean_us / base.mean_us, cost.listener_bytes);
  }
}

void print_json(const char* name, const std::vector<Cost>& costs, const char* end) {
  std::printf("\"%s\":[", name);
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const Cost& cost = costs[i];
    std::printf(
        R"(%s{"size":%zu,"mean_us":%.1f,"p50_us":%.1f,"p99_us":%.1f,"bytes":%zu,"held_bytes":%zu})",
        i == 0 ? "" : ",", cost.size, cost.mean_us, cost.us.p50, cost.us.p99, cost.listener_bytes,
        cost.held_bytes);
  }
  std::printf("]%s", end);
}

// No listener's state may be larger, however much they play.
int verdict(const std::vector<Cost>& history, const std::vector<Cost>& size) {
  std::size_t largest = 0;
  for (const auto* costs : {&history, &size}) {
    for (const Cost& cost : *costs) largest = std::max(largest, cost.listener_bytes);
  }
  if (largest <= kListenerBytesMax) return 0;
  std::cerr << "segue-scale-bench: a listener's state takes " << largest << " bytes, more than "
            << kListenerBytesMax << "\n";
  return 1;
}

int run(bool json, const Bounds& bounds) {
  const std::vector<Cost> history = by_history(bounds.plays_max);
  show("plays behind", history, history.front());
  std::printf("\n");
  const std::vector<Cost> size = by_catalogue(bounds.tracks_max);
  show("tracks held", size, size[2]);
  if (json) {
    std::printf("{\"listener_bytes_max\":%zu,", kListenerBytesMax);
    print_json("history", history, ",");
    print_json("catalogue", size, "}\n");
  }
  return verdict(history, size);
}

// The number after a flag, at least `least`; false: there is none such.
bool read_number(const char* text, std::size_t least, std::size_t& number) {
  const std::string_view digits = text == nullptr ? "" : text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() && number >= least;
}

int wrong_flags() {
  std::cerr << "segue-scale-bench: wrong flags; --help lists them\n";
  return 2;
}

int run_words(int argc, char** argv) {
  bool json = false;
  Bounds bounds;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--help" || word == "-h") {
      std::cout << kHelp;
      return 0;
    }
    const char* next = i + 1 < argc ? argv[i + 1] : nullptr;
    if (word == "--json") {
      json = true;
    } else if (word == "--plays-max" && read_number(next, 10, bounds.plays_max)) {
      ++i;
    } else if (word == "--tracks-max" && read_number(next, 100, bounds.tracks_max)) {
      ++i;
    } else {
      return wrong_flags();
    }
  }
  return run(json, bounds);
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) { return segue::run_words(argc, argv); }
