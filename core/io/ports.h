#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/event/event.h"

// The three ports of a worker: where records come from, where they go, where state lives. Each has
// a real adapter (Kafka, Kafka, Redis) and an in-memory twin, so that the worker loop, where
// crashes matter, runs in tests without a broker. A port belongs to one thread.
namespace segue::io {

struct PartitionOffset {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

struct Watermarks {
  std::int64_t low = 0;   // the oldest offset still kept
  std::int64_t high = 0;  // the offset of the next record to be written
};

// Offsets of a partition, [first, next), at which nothing can be read: a batch that does not
// decompress or whose checksum is wrong, a record larger than any we take.
struct Unreadable {
  std::int32_t partition = 0;
  std::int64_t first = 0;
  std::int64_t next = 0;
  std::string why;  // for a person
};

// The outcome of one poll. A partition in `assigned` is silent until `Source::start`; one in
// `revoked` is already gone: abandon what was not applied. One in both was revoked, then assigned
// again; one that was assigned and revoked again before the poll is in `revoked` only.
struct Polled {
  std::vector<Record> records;         // per partition in offset order
  std::vector<Unreadable> unreadable;  // as are these; neither overlaps the other
  std::vector<std::int32_t> assigned;
  std::vector<std::int32_t> revoked;
};

class Source {
 public:
  virtual ~Source() = default;
  // Waits up to `wait` for the first record, then takes what is there, up to `records_max`.
  virtual Polled poll(std::size_t records_max, std::chrono::milliseconds wait) = 0;
  // Reads each of these assigned partitions from its offset on, from now; records fetched before
  // are dropped. Also moves a partition that is being read.
  virtual void start(std::span<const PartitionOffset> partitions) = 0;
  // Nothing more of this partition until `start`; what was fetched of it is dropped. Nothing
  // happens where it is not read.
  virtual void pause(std::int32_t partition) = 0;
  // Asks the broker; throws when it does not answer.
  virtual Watermarks watermarks(std::int32_t partition) = 0;
  // The high watermark that came with the last fetch, for lag; -1 while there was none. Unlike
  // `watermarks` an adapter answers without asking anyone.
  virtual std::int64_t high_seen(std::int32_t partition) { return watermarks(partition).high; }
  // Commits positions to the consumer group for lag tools. Never waits, never matters.
  virtual void hint(std::span<const PartitionOffset> partitions) = 0;
};

struct Publication {
  std::string topic;
  std::int32_t partition = -1;  // -1: Kafka's hash of the key
  std::optional<std::string> key;
  std::optional<std::string> value;  // none: a tombstone
  std::vector<Header> headers;
};

// The fate of a publication.
struct Sent {
  enum class Fate : std::uint8_t {
    in_log,   // known by its delivery report: no error and an offset
    unknown,  // it may or may not be there: give the batch up and claim again
    refused,  // it is not there, and the same bytes never will be: too large for its topic
  };
  Fate fate = Fate::unknown;
  std::string why = {};  // Kafka's reason, unless it is in the log

  bool in_log() const { return fate == Fate::in_log; }
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Sends all, waits until each has its delivery report, and tries again within the adapter's own
  // bounds. One result for each.
  virtual std::vector<Sent> publish(std::span<const Publication> publications) = 0;
};

// 128 random bits, new at each claim: the holder of the checkpoint's token may write.
using Token = std::array<std::uint8_t, 16>;

// The right to a partition's state at a position.
struct Fence {
  std::int32_t partition = 0;
  Token token{};
  std::int64_t next = 0;  // the first input offset whose effects are not in the state
};

enum class StoreStatus : std::uint8_t {
  ok,
  duplicate,    // this very batch was applied before: go on
  fenced,       // somebody else claimed the partition, or its checkpoint is gone
  offset,       // the state is at another offset (`StoreReply::next`): Redis went back in time
  unreachable,  // no reply: it may or may not have happened; send the identical call again
  refused,      // out of memory or read-only, nothing was written: wait, send it again
};

struct StoreReply {
  StoreStatus status = StoreStatus::ok;
  std::int64_t next = 0;  // with StoreStatus::offset: where the state is
};

struct Claimed {
  StoreStatus status = StoreStatus::ok;  // ok, unreachable or refused
  // -1: this is the first run; apply an empty batch 1 to say where it begins.
  std::int64_t next = -1;
  std::uint64_t batch = 0;     // number of the last applied batch
  std::uint32_t attempts = 0;  // claims since the last progress, this one included
  std::int64_t stepping = -1;  // the offset marked before it was stepped, -1: none
  std::uint32_t marks = 0;     // how often `stepping` was marked
};

struct LoadRequest {
  Fence fence;
  std::vector<std::string> keys;  // relative to the partition: "u:alice", "shared"
};
struct Loaded {
  StoreReply reply;
  std::vector<std::optional<std::string>> values;  // one per key when ok
};

struct Write {
  std::string key;                   // relative to the partition
  std::optional<std::string> value;  // none: the key is deleted
  bool fades = false;                // the store may drop it after sixty days
};
struct ApplyRequest {
  Fence fence;                 // fence.next: the position before this batch
  std::int64_t next = 0;       // the position after it
  std::uint64_t batch = 0;     // last applied batch + 1
  bool keep_attempts = false;  // true while stepping one by one after repeated crashes
  std::vector<Write> writes;
};

// The notes of `segue-admin init` about the state and its inputs.
struct Meta {
  std::string library_version;  // of the Redis functions; empty: they are not loaded
  std::int32_t state_schema = 0;
  std::string incarnation;  // of the input topics, random text made when they were created
  std::vector<std::pair<std::string, std::int32_t>> partitions;  // topic -> count
  std::string topics_prefix = {};  // of the topics that the state was made from
  std::int64_t begins_at = 0;      // added to their offsets
  bool incomplete = false;         // a reshard to here has not ended
  std::string moved_to = {};       // the prefix that a reshard moved the state to; empty: none did
};

// State and offset move together, or not at all. Calls over several partitions are pipelined;
// replies come in the order of the requests.
class Store {
 public:
  virtual ~Store() = default;
  // Takes a partition over: sets the token and counts the attempt, once for each token.
  virtual Claimed claim(std::int32_t partition, const Token& token, std::string_view owner) = 0;
  // Reads values, only if token and position still hold.
  virtual std::vector<Loaded> load(std::span<const LoadRequest> requests) = 0;
  // Writes all values and the new position atomically, only if token and position hold.
  virtual std::vector<StoreReply> apply(std::span<const ApplyRequest> requests) = 0;
  // For idle partitions: do token and position still hold?
  virtual std::vector<StoreReply> check(std::span<const Fence> fences) = 0;
  // Says that the offset at fence.next is about to be stepped for the `marks`-th time. Only while
  // stepping one by one; the same call again changes nothing.
  virtual StoreReply mark(const Fence& fence, std::uint32_t marks) = 0;
  // The marked offset was stepped and did no harm: it is not to blame for what comes.
  virtual StoreReply unmark(const Fence& fence) = 0;
  // Hands the partition back in good order: attempts start over.
  virtual StoreReply release(const Fence& fence) = 0;
  // Why the last call that had no answer had none, for a person; empty: an adapter does not know.
  virtual std::string trouble() const { return {}; }
};

}  // namespace segue::io
