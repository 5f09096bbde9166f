#include <chrono>
#include <optional>
#include <vector>

#include "consumers/tail/latest_versions.h"
#include "consumers/tail/message.h"
#include "consumers/tail/screen.h"
#include "consumers/tail/titles.h"
#include "consumers/tail/watch.h"
#include "core/event/topics.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/log.h"

namespace segue::tail {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Tailed = std::vector<io::KafkaTail::Tailed>;

constexpr std::size_t kFollowedAtOnce = 1'000;
constexpr std::size_t kTitlesMax = 300'000;
constexpr std::size_t kListenersRemembered = 1'000;
// Titles are a comfort: past this we start without those that are still to come.
constexpr auto kCatalogWaitMax = 5s;
constexpr auto kHintAfter = 5s;
// No listener was named, and the chosen one is silent: another plays.
constexpr auto kSilenceMax = 30s;

// One listener's story from the records of all. The listener is named or, if not, the next who
// plays first, until they fall silent.
class Follower {
 public:
  Follower(std::string listener, Format format)
      : named_(!listener.empty()),
        user_id_(std::move(listener)),
        format_(format),
        screen_(format == Format::colour ? Screen::Colour::yes : Screen::Colour::no) {}

  void learn_titles(const Tailed& records) {
    for (const auto& tailed : records) titles_.take(tailed.record);
  }

  // Nothing of a listener who was named came yet.
  bool waits() const { return named_ && !answered_; }

  // The text to print. An event goes before the list that answers it, though they come from
  // different topics.
  std::string tell(const Tailed& records) {
    std::string text;
    for (const auto& [topic, record] : records) {
      if (topic == topic::kEvents) text += tell_event(record);
    }
    for (const auto& [topic, record] : records) {
      if (topic == topic::kRecommendations) text += tell_recommendation(record);
    }
    return text;
  }

 private:
  std::string tell_event(const Record& record) {
    // Decoding everybody's events to follow one would be a waste.
    if (!record.key || !record.value || (*record.key != user_id_ && !may_choose())) return {};
    const auto event = decoder_.decode(record);
    if (!event) return {};
    std::string text;
    if (event->user_id != user_id_) {
      if (!event->track) return {};
      text = follow(event->user_id);
    }
    heard_ = Clock::now();
    answered_ = true;
    if (format_ == Format::json) return text + event_line(*event, *record.value, titles_) + "\n";
    if (event->type == EventType::playback_heartbeat) return text;
    return text + screen_.event(*event, titles_);
  }

  std::string tell_recommendation(const Record& record) {
    if (!record.key || !record.value || *record.key != user_id_) return {};
    const auto seen = read_recommendation(*record.value);
    if (!seen || !versions_.take(seen->user_id, seen->version)) return {};
    heard_ = Clock::now();
    answered_ = true;
    if (format_ == Format::json) return recommendation_line(*record.value) + "\n";
    std::string text = screen_.recommendation(*seen, before_);
    before_.clear();
    for (const SeenTrack& track : seen->tracks) before_.push_back(track.track_id);
    return text;
  }

  bool may_choose() const {
    return !named_ && (user_id_.empty() || Clock::now() - heard_ > kSilenceMax);
  }

  std::string follow(const std::string& user_id) {
    user_id_ = user_id;
    before_.clear();
    return format_ == Format::json ? std::string() : screen_.heading(user_id);
  }

  bool named_;
  bool answered_ = false;
  std::string user_id_;
  Format format_;
  Screen screen_;
  Titles titles_{kTitlesMax};
  LatestVersions versions_{kListenersRemembered};
  EventDecoder decoder_;
  std::vector<std::string> before_;  // track ids of the list before
  Clock::time_point heard_ = Clock::now();
};

}  // namespace

int watch_one_listener(io::Program& program, Format format) {
  const TailConfig& config = program.config().tail;
  const KafkaConfig& kafka = program.config().kafka;
  using From = io::KafkaTail::From;
  // Before the catalogue, so that nothing played while that is read is missed.
  io::KafkaTail source(kafka, {std::string(topic::kEvents), std::string(topic::kRecommendations)},
                       config.from == "start" ? From::start : From::end);
  io::KafkaTail catalog(kafka, {std::string(topic::kCatalog)}, From::start);
  Follower follower(config.listener, format);
  const auto started = Clock::now();
  while (!catalog.caught_up() && !io::Program::stopping() &&
         Clock::now() - started < kCatalogWaitMax) {
    follower.learn_titles(catalog.poll(kFollowedAtOnce, kPatience));
  }
  const auto over = [&] {
    return io::Program::stopping() ||
           (config.for_s > 0 && Clock::now() - started >= std::chrono::seconds(config.for_s));
  };
  bool may_hint = true;
  while (!over()) {
    if (may_hint && follower.waits() && Clock::now() - started > kHintAfter) {
      may_hint = false;
      io::log::info(
          "Nothing of this listener yet. Behind a gateway the log knows a pseudonym: "
          "\"pseudonym\" in the answer of GET /v1/me/export.");
    }
    const auto records = source.poll(kFollowedAtOnce, kPatience);
    follower.learn_titles(catalog.poll(kFollowedAtOnce, 0ms));
    const std::string text = follower.tell(records);
    if (!text.empty() && !print(text)) return 0;
  }
  return 0;
}

}  // namespace segue::tail
