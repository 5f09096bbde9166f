#include "tests/simulation/faults/faulty_log.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/event/topics.h"
#include "core/item/item_signal.h"

namespace segue::simulation {
namespace {

using Fate = io::Sent::Fate;

constexpr std::int64_t kNoOffset = -1001;  // what librdkafka reports where it knows none

// The largest value of a topic. One event's signals fit; several events', or a whole list, may not.
constexpr std::size_t kSignalsBytesMax = 1'500;
constexpr std::size_t kListBytesMax = 900;
constexpr std::size_t kLetterBytesMax = 3'000;

bool is_too_large(const io::Publication& publication) {
  const std::size_t size = publication.value ? publication.value->size() : 0;
  if (publication.topic == topic::kItemSignals) return size > kSignalsBytesMax;
  if (publication.topic == topic::kRecommendations) return size > kListBytesMax;
  return publication.topic == topic::kDeadLetters && size > kLetterBytesMax;
}

}  // namespace

FaultyBroker::Report FaultyBroker::produce(const io::Publication& publication) {
  const Report timed_out = {.error = RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, .offset = kNoOffset};
  if (faults_.broker_is_down() || faults_.bites(0.005)) {
    return timed_out;
  }
  if (is_too_large(publication)) {
    ++faults_.bitten;
    return {.error = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, .offset = kNoOffset};
  }
  if (faults_.bites(0.005)) {
    faults_.keep([this, publication] { log_.append(publication, now_); });
    return timed_out;
  }
  if (faults_.bites(0.003)) return {.offset = kNoOffset};
  const std::int64_t offset = log_.append(publication, now_);
  if (faults_.bites(0.005)) return timed_out;
  if (faults_.bites(0.003)) return {.offset = kNoOffset};
  return {.offset = offset};
}

std::vector<io::Sent> FaultySink::publish(std::span<const io::Publication> publications) {
  if (faults_.off == Guard::publish_then_apply) {
    std::vector<io::Sent> sent;
    for (const io::Publication& publication : publications) {
      sent.push_back({.fate = is_too_large(publication) ? Fate::refused : Fate::in_log});
      if (sent.back().in_log()) held_.push_back(publication);
    }
    return sent;
  }
  faults_.may_sleep();
  std::vector<io::Sent> sent;
  sent.reserve(publications.size());
  for (const io::Publication& publication : publications) {
    faults_.may_die();
    sent.push_back(send(publication));
  }
  faults_.may_sleep();
  faults_.may_die();
  return sent;
}

void FaultySink::publish_held() {
  for (const io::Publication& publication : std::exchange(held_, {})) {
    do {
      faults_.may_die();
    } while (send(publication).fate == Fate::unknown);
  }
}

io::Sent FaultySink::send(const io::Publication& publication) {
  if (faults_.off == Guard::dead_letters && publication.topic == topic::kDeadLetters) {
    return {.fate = Fate::in_log};
  }
  const bool signals = publication.topic == topic::kItemSignals;
  if (signals && faults_.off == Guard::one_on_its_way) return send_in_two(publication);
  if (signals && faults_.off == Guard::routing) {
    io::Publication astray = publication;
    astray.partition = static_cast<std::int32_t>(faults_.below(2));
    return send_until_reported(astray);
  }
  return send_until_reported(publication);
}

// The same record again, or never: the caller then does the batch again.
io::Sent FaultySink::send_until_reported(const io::Publication& publication) {
  for (;;) {
    const FaultyBroker::Report report = broker_.produce(publication);
    const bool refused = report.error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    if (refused && faults_.off != Guard::refusal) return {.fate = Fate::refused};
    if (refused) return {.fate = Fate::unknown};
    const bool taken_for_sent =
        faults_.off == Guard::delivery_report ||
        (faults_.off == Guard::offset_in_report && report.error == RD_KAFKA_RESP_ERR_NO_ERROR);
    if (taken_for_sent || io::in_log(report.error, report.offset)) return {.fate = Fate::in_log};
    if (faults_.chance(0.7)) return {.fate = Fate::unknown};
  }
}

io::Sent FaultySink::send_in_two(const io::Publication& publication) {
  SignalBatch first = *decode_signal_batch(*publication.value);
  SignalBatch second = first;
  first.next = second.first = (first.first + first.next + 1) / 2;
  std::erase_if(first.signals, [&](const ItemSignal& s) { return s.offset >= first.next; });
  std::erase_if(second.signals, [&](const ItemSignal& s) { return s.offset < second.first; });
  io::Sent all{.fate = Fate::in_log};
  for (const SignalBatch& piece : {first, second}) {
    if (piece.first >= piece.next) continue;
    io::Publication part = publication;
    part.value = encode(piece);
    const io::Sent sent = send_until_reported(part);
    if (!sent.in_log()) all = sent;
  }
  return all;
}

io::Polled FaultySource::poll(std::size_t records_max, std::chrono::milliseconds wait) {
  io::Polled polled = source_.poll(1 + faults_.below(records_max), wait);
  if (faults_.off == Guard::unreadable) polled.unreadable.clear();
  return polled;
}

void FaultySource::start(std::span<const io::PartitionOffset> partitions) {
  source_.start(partitions);
}

io::Watermarks FaultySource::watermarks(std::int32_t partition) {
  if (faults_.broker_is_down()) throw std::runtime_error("the broker does not answer");
  return source_.watermarks(partition);
}

std::int64_t FaultySource::high_seen(std::int32_t partition) {
  return source_.high_seen(partition);
}

void FaultySource::hint(std::span<const io::PartitionOffset> partitions) {
  for (const io::PartitionOffset& at : partitions) committed_[at.partition] = at.offset;
}

}  // namespace segue::simulation
