#include "consumers/player/delivery.h"

#include <simdjson.h>

#include <optional>
#include <utility>

namespace segue::player {
namespace {

// One parser, for every record of the topic passes here.
std::optional<std::int64_t> version_of(const std::string& published) {
  thread_local simdjson::dom::parser parser;
  std::int64_t version = 0;
  if (parser.parse(published)["version"].get(version) != simdjson::SUCCESS) return std::nullopt;
  return version;
}

}  // namespace

Delivery::Subscription& Delivery::Subscription::operator=(Subscription&& other) noexcept {
  end();
  delivery_ = std::exchange(other.delivery_, nullptr);
  listener_ = std::move(other.listener_);
  outbox_ = other.outbox_;
  return *this;
}

void Delivery::Subscription::end() {
  if (delivery_ != nullptr) delivery_->unsubscribe(listener_, *outbox_);
  delivery_ = nullptr;
}

Delivery::Subscription Delivery::subscribe(const std::string& listener, Outbox& outbox) {
  Entry& entry = entry_of(listener);
  if (std::exchange(entry.idle, false)) idle_.erase(entry.place);
  entry.outboxes.push_back(&outbox);
  if (entry.latest) outbox.put(entry.latest);
  return {*this, listener, outbox};
}

ListPtr Delivery::latest(const std::string& listener) { return entry_of(listener).latest; }

void Delivery::offer(const std::string& listener, List list) {
  push(entry_of(listener), std::make_shared<const List>(std::move(list)));
}

Delivery::Pushed Delivery::take(const Record& record) {
  if (!record.key) return {};
  const auto found = entries_.find(*record.key);
  if (found == entries_.end()) return {};
  Entry& entry = found->second;
  if (!record.value) {
    entry.latest.reset();
    for (Outbox* outbox : entry.outboxes) outbox->erase();
    return {};
  }
  const auto version = version_of(*record.value);
  if (!version) return {};
  return push(entry, std::make_shared<const List>(
                         List{.version = *version, .published = *record.value, .snapshot = {}}));
}

Delivery::Pushed Delivery::push(Entry& entry, ListPtr list) {
  Pushed pushed;
  if (list->version <= entry.floor) return pushed;
  entry.floor = list->version;
  entry.latest = std::move(list);
  for (Outbox* outbox : entry.outboxes) {
    const Outbox::Put put = outbox->put(entry.latest);
    if (put == Outbox::Put::not_newer) continue;
    ++pushed.waiting;
    if (put == Outbox::Put::replaced) ++pushed.replaced;
  }
  return pushed;
}

// Creates it where there is none, and counts it as just asked about.
Delivery::Entry& Delivery::entry_of(const std::string& listener) {
  Entry& entry = entries_[listener];
  if (!entry.outboxes.empty()) return entry;
  if (entry.idle) {
    idle_.splice(idle_.end(), idle_, entry.place);
  } else {
    rest(listener, entry);
  }
  return entry;
}

void Delivery::rest(const std::string& listener, Entry& entry) {
  entry.place = idle_.insert(idle_.end(), listener);
  entry.idle = true;
  if (idle_.size() <= held_max_) return;
  entries_.erase(idle_.front());
  idle_.pop_front();
}

void Delivery::unsubscribe(const std::string& listener, Outbox& outbox) {
  Entry& entry = entries_.at(listener);
  std::erase(entry.outboxes, &outbox);
  if (entry.outboxes.empty()) rest(listener, entry);
}

}  // namespace segue::player
