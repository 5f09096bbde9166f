#include "deploy/admin/letters/dead_letters.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "core/event/topics.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/program.h"
#include "core/io/settings/settings.h"
#include "deploy/admin/letters/dead_letter.h"

namespace segue::admin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPollRecords = 1'000;
constexpr std::chrono::milliseconds kLettersPoll{200};
// Originals are remembered, to take each once: a few hundred mebibytes.
constexpr std::size_t kOriginalsMax = 2'000'000;
constexpr std::size_t kPutBackAtOnce = 256;
constexpr std::chrono::seconds kSayEvery{1};

Micros time_of(const std::string& text, const std::string& setting) {
  if (text.empty()) return 0;
  const Result<Micros> time = parse_time(text);
  if (!time) throw io::SettingsError(setting + ": " + time.error().detail);
  return *time;
}

// A mistyped reason must not look like good news.
void check_reason(const std::string& reason) {
  std::string known;
  for (int i = 0; i <= static_cast<int>(kLastReason); ++i) {
    const std::string_view name = name_of(static_cast<Reason>(i));
    if (reason == name) return;
    known += (i == 0 ? "" : ", ") + std::string(name);
  }
  throw io::SettingsError("admin.reason: \"" + reason + "\" is none of " + known);
}

LetterFilter filter_of(const AdminConfig& config) {
  if (!config.reason.empty()) check_reason(config.reason);
  LetterFilter filter{.reason = config.reason,
                      .topic = config.from_topic,
                      .original = {},
                      .since = time_of(config.since, "admin.since"),
                      .until = time_of(config.until, "admin.until")};
  if (config.original.empty()) return filter;
  filter.original = read_place(config.original);
  if (!filter.original) {
    throw io::SettingsError("admin.original must be TOPIC/PARTITION/OFFSET; \"" + config.original +
                            "\" was given");
  }
  return filter;
}

// On a terminal one line that changes; else nothing but the end is said.
class Progress {
 public:
  void say(const std::string& text) {
    const auto now = Clock::now();
    if (!terminal_ || now - said_ < kSayEvery) return;
    said_ = now;
    open_ = true;
    std::cerr << "\r" << text << "\033[K" << std::flush;
  }
  void clear() {
    if (open_) std::cerr << "\r\033[K" << std::flush;
    open_ = false;
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) == 1;
  Clock::time_point said_ = Clock::now();
  bool open_ = false;
};

struct Counts {
  std::uint64_t letters = 0;  // that match, each original once
  std::uint64_t again = 0;    // of an original that was met before
  std::uint64_t foreign = 0;  // records that are no dead letters of ours
  std::map<std::string, std::uint64_t> reasons;
};

using Take = std::function<void(const DeadLetter&, const Record&)>;

// Hands over all that match and were in the topic at the beginning; fewer when interrupted or
// `letters_max` is reached (0: no limit).
Counts read_letters(const Config& config, Progress& progress, const Take& take) {
  const LetterFilter filter = filter_of(config.admin);
  const auto letters_max = static_cast<std::uint64_t>(config.admin.letters_max);
  io::KafkaTail tail(config.kafka, {std::string(topic::kDeadLetters)}, io::KafkaTail::From::start);
  Counts counts;
  std::set<Place> met;
  while (!tail.caught_up() && !io::Program::stopping()) {
    for (const io::KafkaTail::Tailed& tailed : tail.poll(kPollRecords, kLettersPoll)) {
      const Record& record = tailed.record;
      const Result<DeadLetter> letter = read_dead_letter(record);
      if (!letter) {
        ++counts.foreign;
        continue;
      }
      if (!matches(filter, *letter, record.timestamp)) continue;
      if (!met.insert(letter->original).second) {
        ++counts.again;
        continue;
      }
      if (met.size() > kOriginalsMax) {
        throw std::runtime_error("More than " + std::to_string(kOriginalsMax) +
                                 " dead letters match: narrow them down with --since and --until.");
      }
      ++counts.letters;
      ++counts.reasons[letter->reason];
      take(*letter, record);
      if (counts.letters == letters_max) return counts;
    }
    progress.say(std::to_string(tail.behind()) + " letters to read");
  }
  return counts;
}

std::string summary_of(const Counts& counts) {
  std::string text = std::to_string(counts.letters) + " dead letters";
  std::string_view before = ": ";
  for (const auto& [reason, count] : counts.reasons) {
    text += std::string(before) + std::to_string(count) + " " + reason;
    before = ", ";
  }
  if (counts.again > 0) text += "; " + std::to_string(counts.again) + " repetitions left out";
  if (counts.foreign > 0) {
    text += "; " + std::to_string(counts.foreign) + " records that are no dead letters of Segue";
  }
  return text + ".\n";
}

int tell(const Config& config, bool whole) {
  const bool json = config.admin.json || isatty(STDOUT_FILENO) != 1;
  Progress progress;
  const Counts counts =
      read_letters(config, progress, [&](const DeadLetter& read, const Record& letter) {
        progress.clear();
        std::cout << (json    ? json_of(read, letter, whole)
                      : whole ? whole_text_of(read, letter)
                              : line_of(read, letter));
      });
  progress.clear();
  std::cout << std::flush;
  std::cerr << summary_of(counts);
  return io::Program::stopping() ? 130 : 0;
}

// Sends what was gathered; counts what is known to be in the log.
class PuttingBack {
 public:
  explicit PuttingBack(const KafkaConfig& kafka) : sink_(kafka) {}

  void add(io::Publication publication) {
    waiting_.push_back(std::move(publication));
    if (waiting_.size() == kPutBackAtOnce) send();
  }
  void send() {
    const std::vector<io::Sent> sent = sink_.publish(waiting_);
    const auto in_log = static_cast<std::uint64_t>(std::ranges::count_if(sent, &io::Sent::in_log));
    done += in_log;
    failed += sent.size() - in_log;
    waiting_.clear();
  }
  std::uint64_t done = 0;
  std::uint64_t failed = 0;

 private:
  io::KafkaSink sink_;
  std::vector<io::Publication> waiting_;
};

// Signals that a trainer has gone past teach nothing any more: of those their events are put back.
bool is_input(const std::string& name) { return name == topic::kEvents; }

int put_back_all(const Config& config) {
  const AdminConfig& admin = config.admin;
  const bool chosen = !admin.reason.empty() || !admin.from_topic.empty() ||
                      !admin.original.empty() || !admin.since.empty() || !admin.until.empty();
  if (!chosen && !admin.all) {
    throw io::SettingsError(
        "Say which dead letters to put back (--reason, --since, --original ...), or --all");
  }
  Progress progress;
  PuttingBack putting(config.kafka);
  std::uint64_t elsewhere = 0;
  std::uint64_t in_part = 0;
  const Counts counts =
      read_letters(config, progress, [&](const DeadLetter& read, const Record& letter) {
        if (!read.is_whole()) {
          ++in_part;
        } else if (is_input(read.original.topic)) {
          putting.add(put_back(read, letter));
        } else {
          ++elsewhere;
        }
      });
  putting.send();
  progress.clear();
  std::string summary = "{\"letters\":" + std::to_string(counts.letters) +
                        ",\"put_back\":" + std::to_string(putting.done) +
                        ",\"failed\":" + std::to_string(putting.failed) +
                        ",\"from_elsewhere\":" + std::to_string(elsewhere) +
                        ",\"not_whole\":" + std::to_string(in_part) + "}\n";
  if (!admin.json && isatty(STDOUT_FILENO) == 1) {
    summary = "Put back " + std::to_string(putting.done) + " of " + summary_of(counts);
  }
  std::cout << summary << std::flush;
  if (io::Program::stopping()) return 130;
  return putting.done == counts.letters ? 0 : 1;
}

}  // namespace

int dead_letters(const Config& config, std::string_view command) {
  if (command == "dead-letters replay") return put_back_all(config);
  return tell(config, command == "dead-letters show");
}

}  // namespace segue::admin
