#include "consumers/player/jobs.h"

#include <algorithm>
#include <utility>

namespace segue::player {
namespace {

// Whether it is of use to a player that connects: it goes on, or ended while they were away.
bool is_present(const GenerationResult& result, Micros now) {
  const Micros ago = now - result.stages.back().at;
  return ago <= (is_end(result.stage()) ? Jobs::kEndedFor : Jobs::kOpenFor);
}

}  // namespace

ResultPtr Jobs::take_result(const Record& record) {
  if (!record.key || !record.value) return nullptr;
  auto result = decode_result(*record.value);
  if (!result || result->user_id != *record.key) return nullptr;
  // Its first stage is from before the record, and before an erasure that came in between.
  const Micros since = std::min(result->stages.front().at, record.timestamp);
  Entry* entry = entry_of(result->job_id, result->user_id, since);
  if (entry == nullptr) return nullptr;
  if (entry->result && !supersedes(*result, *entry->result)) return nullptr;
  entry->result = std::make_shared<const GenerationResult>(std::move(*result));
  return entry->result;
}

void Jobs::take_job(const Record& record) {
  if (!record.key || !record.value) return;
  auto job = decode_job(*record.value);
  if (!job || job->id != *record.key) return;
  Entry* entry = entry_of(job->id, job->user_id, record.timestamp);
  if (entry == nullptr || entry->job) return;
  entry->job = std::make_shared<const GenerationJob>(std::move(*job));
}

void Jobs::erase(const std::string& listener, Micros at) {
  const auto [erased, first] = erased_.try_emplace(listener, at);
  if (first) erased_order_.push_back(listener);
  erased->second = std::max(erased->second, at);
  if (erased_.size() > kErasedMax) {
    erased_.erase(erased_order_.front());
    erased_order_.pop_front();
  }
  const auto found = of_.find(listener);
  if (found == of_.end()) return;
  for (const std::string& job : found->second) empty(entries_.at(job));
}

std::vector<ResultPtr> Jobs::present(const std::string& listener, Micros now) const {
  std::vector<ResultPtr> shown;
  const auto found = of_.find(listener);
  if (found == of_.end()) return shown;
  for (const std::string& job : found->second) {
    const ResultPtr& result = entries_.at(job).result;
    if (result && is_present(*result, now)) shown.push_back(result);
  }
  if (shown.size() > kShownMax) shown.erase(shown.begin(), shown.end() - kShownMax);
  return shown;
}

bool Jobs::is_latest(const ResultPtr& result) const {
  const auto found = entries_.find(result->job_id);
  return found != entries_.end() && found->second.result == result;
}

JobPtr Jobs::job_of(const std::string& listener, std::string_view track_id) const {
  const auto found = of_.find(listener);
  if (found == of_.end()) return nullptr;
  for (auto job = found->second.rbegin(); job != found->second.rend(); ++job) {
    const Entry& entry = entries_.at(*job);
    if (!entry.job) continue;
    const bool given = entry.result && entry.result->track_id == track_id;
    if (given || composed_track_id(*job) == track_id) return entry.job;
  }
  return nullptr;
}

Jobs::Entry* Jobs::entry_of(const std::string& job_id, const std::string& listener, Micros since) {
  const auto [found, first] = entries_.try_emplace(job_id);
  Entry& entry = found->second;
  if (first) {
    entry.listener = listener;
    entry.place = order_.insert(order_.end(), job_id);
    std::vector<std::string>& own = of_[listener];
    own.push_back(job_id);
    // Neither is the one that was just made.
    if (own.size() > kOfListenerMax) drop(std::string(own.front()));
    if (order_.size() > held_max_) drop(std::string(order_.front()));
  } else {
    order_.splice(order_.end(), order_, entry.place);
  }
  if (entry.listener != listener) return nullptr;
  if (is_erased(listener, since)) empty(entry);
  return entry.gone ? nullptr : &entry;
}

bool Jobs::is_erased(const std::string& listener, Micros since) const {
  const auto erased = erased_.find(listener);
  return erased != erased_.end() && since <= erased->second;
}

void Jobs::drop(const std::string& job_id) {
  const auto found = entries_.find(job_id);
  const auto own = of_.find(found->second.listener);
  std::erase(own->second, job_id);
  if (own->second.empty()) of_.erase(own);
  order_.erase(found->second.place);
  entries_.erase(found);
}

void Jobs::empty(Entry& entry) {
  entry.gone = true;
  entry.result.reset();
  entry.job.reset();
}

}  // namespace segue::player
