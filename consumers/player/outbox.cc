#include "consumers/player/outbox.h"

#include <utility>

namespace segue::player {

Outbox::Put Outbox::put(ListPtr list) {
  if (list->version <= seen_) return Put::not_newer;
  seen_ = list->version;
  const bool replaced = std::exchange(list_, std::move(list)) != nullptr;
  wake_();
  return replaced ? Put::replaced : Put::waiting;
}

void Outbox::acknowledge(std::uint64_t number) {
  if (number <= acknowledged_) return;
  acknowledged_ = number;
  wake_();
}

void Outbox::erase() {
  list_.reset();
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
  } else if (list_) {
    message.list = std::exchange(list_, nullptr);
  } else {
    return std::nullopt;
  }
  return message;
}

}  // namespace segue::player
