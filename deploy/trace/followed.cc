#include "deploy/trace/followed.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "core/event/topics.h"
#include "core/event/traceparent.h"
#include "core/generation/job.h"
#include "core/generation/published_decision.h"
#include "core/generation/result.h"
#include "core/item/item_signal.h"
#include "core/wire/json_text.h"
#include "core/wire/otlp.h"

namespace segue::trace {
namespace {

std::string place_of(std::string_view topic, const Record& record) {
  return std::string(topic) + "/" + std::to_string(record.partition) + "/" +
         std::to_string(record.offset);
}

double seconds_between(Micros from, Micros to) {
  return static_cast<double>(to - from) / static_cast<double>(kSecond);
}

std::string seconds_text(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%+.3f s", seconds);
  return text.data();
}

// Keeps what a name may hold: the text came from outside.
std::string named(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 128)) out += c > ' ' && c < 127 ? c : '?';
  return out;
}

}  // namespace

void Followed::add(std::string stage, std::string_view topic, const Record& record,
                   std::string detail) {
  sightings_.push_back({.stage = std::move(stage),
                        .topic = std::string(topic),
                        .partition = record.partition,
                        .offset = record.offset,
                        .at = record.timestamp,
                        .detail = std::move(detail)});
}

void Followed::take_event(const Record& record) {
  if (header(record, "ce_id") != id_) return;
  if (found()) {
    ++retries_;
    return;
  }
  place_ = place_of(topic::kEvents, record);
  traceparent_ = traceparent_of(record);
  add("event", topic::kEvents, record, named(header(record, "ce_type")));
}

// "segue.events.v1/3/1207/0" is of "segue.events.v1/3/1207".
bool Followed::is_ours(std::string_view place) const {
  return place.size() > place_.size() && place.starts_with(place_) && place[place_.size()] == '/';
}

void Followed::take_effect(std::string_view topic, const Record& record) {
  if (topic == topic::kRecommendations) take_list(topic, record);
  if (topic == topic::kItemSignals) take_signals(topic, record);
  if (topic == topic::kGenerationDecisions) take_decision(topic, record);
  if (topic == topic::kGenerationJobs) take_job(topic, record);
  if (topic == topic::kDeadLetters) take_dead_letter(topic, record);
}

void Followed::take_list(std::string_view topic, const Record& record) {
  if (!is_ours(header(record, "ce_id"))) return;
  const std::size_t bytes = record.value ? record.value->size() : 0;
  add("list", topic, record,
      "version " + named(header(record, "segue_version")) + ", " + std::to_string(bytes) +
          " bytes");
}

void Followed::take_signals(std::string_view topic, const Record& record) {
  if (!record.value) return;
  const auto batch = decode_signal_batch(*record.value);
  const Sighting& event = sightings_.front();
  if (!batch || !batch->source.starts_with(std::string(topic::kEvents) + "@")) return;
  if (batch->partition != event.partition || event.offset < batch->first ||
      event.offset >= batch->next) {
    return;
  }
  const auto of_event = std::ranges::count(batch->signals, event.offset, &ItemSignal::offset);
  if (of_event == 0) return;
  add("signals", topic, record,
      std::to_string(of_event) + " of the record's " + std::to_string(batch->signals.size()));
}

void Followed::take_decision(std::string_view topic, const Record& record) {
  if (!record.value || !is_ours(header(record, "ce_id"))) return;
  const auto made = decode_decision(*record.value);
  if (!made) return;
  const Decision& decision = made->trigger.decision;
  add("decision", topic, record,
      std::string(name_of(decision.choice)) + ", because of " +
          std::string(name_of(decision.rule)) + "; answer " + std::string(name_of(made->answer)));
}

void Followed::take_job(std::string_view topic, const Record& record) {
  if (!record.value) return;
  const auto job = decode_job(*record.value);
  if (!job || job->trigger.cause_id != id_ || !jobs_.insert(job->id).second) return;
  add("job", topic, record,
      "job " + named(job->id) + ", because of " + std::string(name_of(job->trigger.decision.rule)));
}

void Followed::take_dead_letter(std::string_view topic, const Record& record) {
  const std::string original = std::string(header(record, "segue_dlq_original_topic")) + "/" +
                               std::string(header(record, "segue_dlq_original_partition")) + "/" +
                               std::string(header(record, "segue_dlq_original_offset"));
  if (original != place_) return;
  add("dead letter", topic, record, named(header(record, "segue_dlq_reason")));
}

// Each result repeats the stages before it: each is taken once, at the time it began.
void Followed::take_result(const Record& record) {
  if (!record.value) return;
  const auto result = decode_result(*record.value);
  if (!result || !jobs_.contains(result->job_id)) return;
  for (const StageTime& reached : result->stages) {
    const std::string stage(name_of(reached.stage));
    if (!stages_.insert(result->job_id + "/" + stage).second) continue;
    const bool ends = is_end(reached.stage) && !result->track_id.empty();
    add(stage, topic::kGenerationResults, record,
        "job " + named(result->job_id) + (ends ? ", track " + named(result->track_id) : ""));
    sightings_.back().at = reached.at;
  }
}

std::vector<Sighting> Followed::sightings() const {
  std::vector<Sighting> sorted = sightings_;
  if (!sorted.empty())
    std::stable_sort(sorted.begin() + 1, sorted.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
  return sorted;
}

namespace {

// FNV-1a: an id that is the same each time the event is followed.
std::string hex_of(std::string_view text, std::uint64_t basis) {
  constexpr std::uint64_t kPrime = 1'099'511'628'211U;
  constexpr std::uint64_t kBasis = 14'695'981'039'346'656'037U;
  std::uint64_t hash = kBasis ^ basis;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

std::string place_text(const Sighting& sighting) {
  return sighting.topic + "/" + std::to_string(sighting.partition) + "/" +
         std::to_string(sighting.offset);
}

// The ids of a trace: "00-TRACE-SPAN-01".
struct Ids {
  std::string trace;
  std::string parent;  // of the event's span; empty: it is the first
};

Ids ids_of(const std::string& traceparent, const std::string& place) {
  if (!traceparent.empty()) {
    return {std::string(trace_id_in(traceparent)), std::string(span_id_in(traceparent))};
  }
  return {hex_of(place, 1) + hex_of(place, 2), {}};
}

otlp::Span span_of(const Sighting& sighting, std::string id, const Ids& ids, Micros from,
                   Micros to) {
  return {.trace = ids.trace,
          .id = std::move(id),
          .parent = ids.parent,
          .name = sighting.stage,
          .from = from,
          .to = to,
          .attributes = {{"messaging.destination.name", sighting.topic},
                         {"messaging.destination.partition.id", std::to_string(sighting.partition)},
                         {"messaging.kafka.offset", std::to_string(sighting.offset)},
                         {"segue.detail", sighting.detail}}};
}

}  // namespace

std::string otlp_of(const Followed& followed) {
  const std::vector<Sighting> all = followed.sightings();
  const Sighting& event = all.front();
  const Ids ids = ids_of(followed.traceparent(), place_text(event));
  const std::string root = hex_of(place_text(event), 0);
  std::vector<otlp::Span> spans;
  spans.push_back(span_of(event, root, ids, event.at, std::max(event.at, all.back().at)));
  for (std::size_t i = 1; i < all.size(); ++i) {
    const Ids below{ids.trace, root};
    std::string id = hex_of(place_text(all[i]) + all[i].stage, 0);
    spans.push_back(span_of(all[i], std::move(id), below, event.at, std::max(event.at, all[i].at)));
  }
  const std::array<otlp::Attribute, 1> made_by = {{{"service.name", "segue"}}};
  return otlp::request(made_by, "segue-trace", spans) + "\n";
}

std::string line_of(const Sighting& sighting, const Sighting& event, const Sighting& before) {
  std::string stage = sighting.stage;
  stage.resize(std::max<std::size_t>(stage.size(), 11), ' ');
  return format_time(sighting.at) + "  " + seconds_text(seconds_between(event.at, sighting.at)) +
         " (" + seconds_text(seconds_between(before.at, sighting.at)) + ")  " + stage + "  " +
         place_text(sighting) + "  " + sighting.detail + "\n";
}

std::string json_of(const Sighting& sighting, const Sighting& event, const Sighting& before) {
  std::string out;
  json::ObjectWriter object(out);
  object.text("stage", sighting.stage);
  object.text("at", format_time(sighting.at));
  object.number("since_event_us", sighting.at - event.at);
  object.number("since_before_us", sighting.at - before.at);
  object.text("topic", sighting.topic);
  object.number("partition", std::int64_t{sighting.partition});
  object.number("offset", sighting.offset);
  object.text("detail", sighting.detail);
  object.close();
  return out + "\n";
}

}  // namespace segue::trace
