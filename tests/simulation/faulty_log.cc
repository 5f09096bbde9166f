#include "tests/simulation/faulty_log.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/item_signal.h"
#include "core/topics.h"

namespace segue::simulation {
namespace {

constexpr std::int64_t kNoOffset = -1001;  // what librdkafka reports where it knows none

}  // namespace

FaultyBroker::Report FaultyBroker::produce(const io::Publication& publication) {
  const Report timed_out = {.error = RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, .offset = kNoOffset};
  if (faults_.broker_is_down() || faults_.bites(0.005)) {
    return timed_out;
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

std::vector<bool> FaultySink::publish(std::span<const io::Publication> publications) {
  if (faults_.off == Guard::publish_then_apply) {
    held_.insert(held_.end(), publications.begin(), publications.end());
    return std::vector<bool>(publications.size(), true);
  }
  faults_.may_sleep();
  std::vector<bool> sent;
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
    } while (!send(publication));
  }
}

bool FaultySink::send(const io::Publication& publication) {
  if (faults_.off == Guard::dead_letters && publication.topic == topic::kDeadLetters) return true;
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
bool FaultySink::send_until_reported(const io::Publication& publication) {
  for (;;) {
    const FaultyBroker::Report report = broker_.produce(publication);
    if (faults_.off == Guard::delivery_report) return true;
    if (faults_.off == Guard::offset_in_report && report.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return true;
    }
    if (io::in_log(report.error, report.offset)) return true;
    if (faults_.chance(0.7)) return false;
  }
}

bool FaultySink::send_in_two(const io::Publication& publication) {
  SignalBatch first = *decode_signal_batch(*publication.value);
  SignalBatch second = first;
  first.next = second.first = (first.first + first.next + 1) / 2;
  std::erase_if(first.signals, [&](const ItemSignal& s) { return s.offset >= first.next; });
  std::erase_if(second.signals, [&](const ItemSignal& s) { return s.offset < second.first; });
  bool sent = true;
  for (const SignalBatch& piece : {first, second}) {
    if (piece.first >= piece.next) continue;
    io::Publication part = publication;
    part.value = encode(piece);
    sent = send_until_reported(part) && sent;
  }
  return sent;
}

io::Polled FaultySource::poll(std::size_t records_max, std::chrono::milliseconds wait) {
  return source_.poll(1 + faults_.below(records_max), wait);
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
