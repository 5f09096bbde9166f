#include "consumers/player/outbox.h"

#include <algorithm>
#include <utility>

namespace segue::player {

Outbox::Put Outbox::put(ListPtr list) {
  if (list->version <= seen_) return Put::not_newer;
  seen_ = list->version;
  const bool replaced = std::exchange(list_, std::move(list)) != nullptr;
  wake_();
  return replaced ? Put::replaced : Put::waiting;
}

void Outbox::put(ResultPtr progress) {
  const auto waits = std::ranges::find_if(
      jobs_, [&](const ResultPtr& other) { return other->job_id == progress->job_id; });
  if (waits != jobs_.end()) {
    *waits = std::move(progress);
  } else {
    if (jobs_.size() == kJobsMax) jobs_.pop_front();
    jobs_.push_back(std::move(progress));
  }
  wake_();
}

void Outbox::acknowledge(std::uint64_t number) {
  if (number <= acknowledged_) return;
  acknowledged_ = number;
  wake_();
}

void Outbox::erase() {
  list_.reset();
  jobs_.clear();
  erased_ = true;
  wake_();
}

bool Outbox::complain(std::string json) {
  if (complaints_.size() == kComplaintsMax) return false;
  complaints_.push_back(std::move(json));
  wake_();
  return true;
}

std::optional<Outbox::Message> Outbox::take() {
  Message message;
  if (!complaints_.empty()) {
    message.kind = Message::Kind::complaint;
    message.complaint = std::move(complaints_.front());
    complaints_.pop_front();
  } else if (acknowledged_ > acknowledgement_sent_) {
    message.kind = Message::Kind::acknowledgement;
    message.acknowledged = acknowledgement_sent_ = acknowledged_;
  } else if (std::exchange(erased_, false)) {
    message.kind = Message::Kind::erased;
  } else if (!jobs_.empty()) {
    message.kind = Message::Kind::progress;
    message.progress = std::move(jobs_.front());
    jobs_.pop_front();
  } else if (list_) {
    message.list = std::exchange(list_, nullptr);
  } else {
    return std::nullopt;
  }
  return message;
}

}  // namespace segue::player
