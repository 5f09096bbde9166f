#include "consumers/recommender/replica.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "core/event/topics.h"
#include "core/ids.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/log.h"
#include "core/item/catalog.h"

namespace segue {
namespace {

constexpr std::int64_t kGatherBytes = 256 * 1024;
constexpr std::int64_t kGatherMs = 50;
constexpr std::chrono::milliseconds kLookAgain{50};  // whether the index is due
constexpr std::size_t kBurst = 256;                  // how many are put in under one lock

struct TakeDown {
  TrackId track;
};
struct Remove {
  ItemId item;
};
struct Taught {
  LessonsKey key;
  std::optional<Lessons> lessons;  // none: no longer
};
using Change = std::variant<ItemModel, CatalogEntry, TakeDown, Remove, Taught>;

// Says once that records of one track may stand on several partitions: they have no order, so that
// what is taken down may come back when all is read again.
class Misplaced {
 public:
  explicit Misplaced(std::int32_t partitions) : partitions_(partitions) {}
  void look_at(const io::KafkaTail::Tailed& tailed) {
    const Record& record = tailed.record;
    if (warned_ || tailed.topic != topic::kCatalog || !record.key) return;
    const std::int32_t right = partition_of(*record.key, partitions_);
    if (record.partition == right) return;
    warned_ = true;
    io::log::warn(
        "A catalogue entry is not on its key's partition, and may overtake others of its track: "
        "produce with the partitioner murmur2_random.",
        {{"track_id", *record.key},
         {"partition", std::int64_t{record.partition}},
         {"belongs_on", std::int64_t{right}}});
  }

 private:
  const std::int32_t partitions_;
  bool warned_ = false;
};

// Sixteen hex digits, or no item.
std::optional<ItemId> item_of_key(std::string_view key) {
  if (key.size() != 16) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : key) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return ItemId{value};
}

Result<Change> read_lessons(const Record& record) {
  const std::optional<LessonsKey> key = decode_lessons_key(*record.key);
  if (!key) return error(Reason::wrong_key, "the key is not a partition's");
  if (!record.value) return Change{Taught{*key, std::nullopt}};
  auto lessons = decode_lessons(*record.value);
  if (!lessons) return lessons.error();
  return Change{Taught{*key, std::move(*lessons)}};
}

Result<Change> read(const io::KafkaTail::Tailed& tailed) {
  const Record& record = tailed.record;
  if (!record.key) return error(Reason::null_key, "the record has no key");
  if (tailed.topic == topic::kLessons) return read_lessons(record);
  if (tailed.topic == topic::kCatalog) {
    if (!record.value) return Change{TakeDown{track_id(*record.key)}};
    auto entry = decode_catalog(*record.value);
    if (!entry) return entry.error();
    if (entry->track_id != *record.key) {
      return error(Reason::wrong_key, "the key is not the entry's track_id");
    }
    return Change{std::move(*entry)};
  }
  if (!record.value) {
    const std::optional<ItemId> item = item_of_key(*record.key);
    if (!item) return error(Reason::wrong_key, "the key is not an item's");
    return Change{Remove{*item}};
  }
  auto model = decode_item_model(*record.value);
  if (!model) return model.error();
  return Change{std::move(*model)};
}

struct Put {
  HeldModels& held_models;
  ItemModels& models;
  HeldLessons& held_lessons;
  void operator()(const ItemModel& model) const {
    if (!models.put(model)) held_models.refuse();
  }
  void operator()(const CatalogEntry& entry) const { models.enrich(entry); }
  void operator()(const TakeDown& down) const { models.take_down(down.track); }
  void operator()(const Remove& remove) const { models.remove(remove.item); }
  void operator()(const Taught& taught) const {
    if (taught.lessons) {
      held_lessons.put(taught.key, *taught.lessons);
    } else {
      held_lessons.remove(taught.key);
    }
  }
};

}  // namespace

Replica::Replica(const KafkaConfig& kafka, HeldModels& models, HeldLessons& lessons,
                 io::Health& health)
    : kafka_(kafka), models_(models), lessons_(lessons), health_(health) {
  health_.set("models", false, "not read yet");
}

void Replica::run(const std::atomic<bool>& stop) {
  // A model may be a moment late; many small fetches would keep the broker from the events.
  KafkaConfig fetching = kafka_;
  fetching.fetch_bytes_min = kGatherBytes;
  fetching.fetch_wait_ms = std::min<std::int64_t>(kafka_.fetch_wait_ms, kGatherMs);
  io::KafkaTail tail(
      fetching,
      {std::string(topic::kItemModels), std::string(topic::kCatalog), std::string(topic::kLessons)},
      io::KafkaTail::From::start);
  Misplaced misplaced(tail.partitions(topic::kCatalog));
  std::uint64_t unreadable = 0;
  std::vector<Change> changes;
  while (!stop) {
    changes.clear();
    for (const io::KafkaTail::Tailed& tailed : tail.poll(kBurst, std::chrono::milliseconds{100})) {
      misplaced.look_at(tailed);
      Result<Change> change = read(tailed);
      if (change) {
        changes.push_back(std::move(*change));
        continue;
      }
      models_.refuse();
      if (++unreadable == 1) {
        io::log::warn("An item model, catalogue entry or lesson cannot be read and is left out.",
                      {{"topic", std::string(tailed.topic)}, {"detail", change.error().detail}});
      }
    }
    if (!changes.empty()) {
      models_.write([&](ItemModels& models) {
        for (const Change& change : changes) std::visit(Put{models_, models, lessons_}, change);
      });
    }
    if (caught_up_) continue;
    const auto keeps_up = [](const ItemModels& models) { return models.index().keeps_up(); };
    caught_up_ = tail.caught_up() && models_.read(keeps_up);
    health_.set("models", caught_up_,
                caught_up_         ? "read"
                : tail.caught_up() ? "their vectors are being indexed"
                                   : std::to_string(tail.behind()) + " records to come");
  }
}

void Replica::rebuild_index(const std::atomic<bool>& stop) {
  const auto due = [](const ItemModels& models) { return models.index().rebuild_due(); };
  while (!stop) {
    if (!models_.read(due)) {
      std::this_thread::sleep_for(kLookAgain);
      continue;
    }
    std::optional<TrackIndex::Rebuild> rebuild;
    models_.write([&](ItemModels& models) { rebuild = models.index().begin_rebuild(); });
    if (!rebuild) continue;
    rebuild->run();
    models_.write([&](ItemModels& models) { models.index().swap(*rebuild); });
  }
}

}  // namespace segue
