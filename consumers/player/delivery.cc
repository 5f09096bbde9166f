#include "consumers/player/delivery.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "core/list/recommendation.h"

namespace segue::player {
namespace {

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Older recommenders say it in lists alone, inside. One parser, for every record passes here.
std::optional<std::int64_t> version_of(const Record& record) {
  if (const std::string_view given = header(record, kVersionHeader); !given.empty()) {
    return number_in(given);
  }
  if (!record.value) return std::nullopt;
  thread_local simdjson::dom::parser parser;
  std::int64_t version = 0;
  if (parser.parse(*record.value)["version"].get(version) != simdjson::SUCCESS) return std::nullopt;
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
  let_go_of_what_may_have_left(entry);
  if (entry.order != nullptr) std::exchange(entry.order, nullptr)->erase(entry.place);
  entry.outboxes.push_back(&outbox);
  if (entry.latest) outbox.put(entry.latest);
  return {*this, listener, outbox};
}

ListPtr Delivery::latest(const std::string& listener) {
  Entry& entry = entry_of(listener);
  let_go_of_what_may_have_left(entry);
  return entry.latest;
}

// It is news again, for it comes from Redis.
void Delivery::let_go_of_what_may_have_left(Entry& entry) const {
  if (!entry.latest || !entry.latest->has_listeners_names || !erased_) return;
  const Micros at = entry.latest->at;
  if (at >= *erased_ + kErasureLearned || clock_() < at + kListenersNamesFor) return;
  if (entry.latest->stands_in < 0) entry.next = entry.latest->version;
  entry.latest.reset();
}

void Delivery::offer(const std::string& listener, List list) {
  push(entry_of(listener), std::make_shared<const List>(std::move(list)));
}

void Delivery::stand_in(const std::string& listener, List list) {
  Entry& entry = entry_of(listener);
  if (!entry.latest) show(entry, standing_in(entry, std::move(list)));
}

void Delivery::show_once(const std::string& listener, List list) {
  const auto found = entries_.find(listener);
  if (found == entries_.end() || found->second.latest) return;
  hand_out(found->second, standing_in(found->second, std::move(list)));
}

// Its own version says nothing of this listener: what they did before it was made may be in the log
// and not yet in a list.
ListPtr Delivery::standing_in(const Entry& entry, List list) {
  list.stands_in = list.version;
  list.version = std::max<std::int64_t>(entry.next - 1, 0);
  return std::make_shared<const List>(std::move(list));
}

bool Delivery::awaited(const std::string& listener) const {
  const auto found = entries_.find(listener);
  return found != entries_.end() && !found->second.outboxes.empty();
}

bool Delivery::was_listed(const std::string& listener) const {
  const auto found = entries_.find(listener);
  return found != entries_.end() && found->second.listed;
}

Delivery::Pushed Delivery::take(const Record& record) {
  if (!record.key) return {};
  if (!record.value) erased_ = clock_();
  const auto version = version_of(record);
  const auto found = entries_.find(*record.key);
  if (found == entries_.end() || found->second.order == &passing_) {
    // The list itself is not kept, so it is still news.
    if (!version) return {};
    Entry& entry = entries_[*record.key];
    if (*version >= entry.next) entry.listed = record.value.has_value();
    pass(*record.key, entry, *version + (record.value ? 0 : 1));
    return {};
  }
  if (!record.value) return erase(found->second, version), Pushed();
  if (!version) return {};
  if (*version >= found->second.next) found->second.listed = true;
  return push(found->second,
              std::make_shared<const List>(
                  List{.version = *version,
                       .published = *record.value,
                       .snapshot = {},
                       .has_listeners_names = !header(record, kListenersNamesHeader).empty(),
                       .at = clock_()}));
}

void Delivery::hand(const std::string& listener, const ResultPtr& progress) const {
  const auto found = entries_.find(listener);
  if (found == entries_.end()) return;
  for (Outbox* outbox : found->second.outboxes) outbox->put(progress);
}

Delivery::Pushed Delivery::push(Entry& entry, ListPtr list) {
  if (list->version < entry.next) return {};
  entry.next = list->version + 1;
  return show(entry, std::move(list));
}

Delivery::Pushed Delivery::show(Entry& entry, ListPtr list) {
  entry.latest = std::move(list);
  return hand_out(entry, entry.latest);
}

Delivery::Pushed Delivery::hand_out(const Entry& entry, const ListPtr& list) {
  Pushed pushed;
  for (Outbox* outbox : entry.outboxes) {
    const Outbox::Put put = outbox->put(list);
    if (put == Outbox::Put::not_newer) continue;
    ++pushed.waiting;
    if (put == Outbox::Put::replaced) ++pushed.replaced;
  }
  return pushed;
}

void Delivery::erase(Entry& entry, std::optional<std::int64_t> version) {
  if (version && *version < entry.next) return;  // a newer list came since
  if (version) entry.next = *version + 1;
  entry.listed = false;
  entry.latest.reset();
  for (Outbox* outbox : entry.outboxes) outbox->erase();
}

// Creates it where there is none, and counts it as just asked about.
Delivery::Entry& Delivery::entry_of(const std::string& listener) {
  Entry& entry = entries_[listener];
  if (entry.outboxes.empty()) rest(listener, entry);
  return entry;
}

void Delivery::rest(const std::string& listener, Entry& entry) {
  put_last(idle_, listener, entry);
  if (idle_.size() <= held_max_) return;
  const auto oldest = entries_.find(idle_.front());
  // Its list goes, perhaps before Redis has it, and is news again.
  const ListPtr list = std::exchange(oldest->second.latest, nullptr);
  if (list && list->stands_in < 0) oldest->second.next = list->version;
  pass(oldest->first, oldest->second, oldest->second.next);
}

void Delivery::pass(const std::string& listener, Entry& entry, std::int64_t next) {
  entry.next = std::max(entry.next, next);
  put_last(passing_, listener, entry);
  if (passing_.size() <= kPassingMax) return;
  entries_.erase(passing_.front());
  passing_.pop_front();
}

void Delivery::put_last(Order& order, const std::string& listener, Entry& entry) {
  if (entry.order != nullptr) {
    order.splice(order.end(), *entry.order, entry.place);
  } else {
    entry.place = order.insert(order.end(), listener);
  }
  entry.order = &order;
}

void Delivery::unsubscribe(const std::string& listener, Outbox& outbox) {
  Entry& entry = entries_.at(listener);
  std::erase(entry.outboxes, &outbox);
  if (entry.outboxes.empty()) rest(listener, entry);
}

}  // namespace segue::player
