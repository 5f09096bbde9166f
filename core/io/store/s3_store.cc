#include "core/io/store/s3_store.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/io/clock.h"
#include "core/io/labels/digest.h"
#include "core/io/log.h"

namespace segue::io {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

// A player waits, or a worker's turn.
constexpr S3Deadline kSoon{.a_try = 2'500ms, .again = 2'500ms, .tries_max = 3};
// A piece that took seconds to make waits to be kept, but not past a wish to stop: its job is done
// again.
constexpr S3Deadline kLong{.a_try = 120s, .again = 20s, .tries_max = 5, .ends_with_program = true};

constexpr std::string_view kFiles = "files/";
constexpr std::string_view kWith = "with/";
constexpr std::string_view kPlayed = "played/";

// A listing of ten thousand objects is ten requests and a second.
constexpr auto kListedFor = 10min;
// So much more than is needed goes, that not every piece of a full store has it listed again.
constexpr std::uint64_t kMoreGoes = 100;  // a hundredth
constexpr auto kAwayFor = 5s;
constexpr auto kMarkedFor = 1h;
constexpr std::size_t kMarkedMax = 10'000;
constexpr Micros kMarksOfNoFile = kHour;

class RemoteFile final : public StoredFile {
 public:
  RemoteFile(std::shared_ptr<S3Client> client, std::string name, std::uint64_t bytes)
      : client_(std::move(client)), name_(std::move(name)), bytes_(bytes) {}

  std::uint64_t bytes() const override { return bytes_; }
  bool read(std::uint64_t from, std::span<char> into) override {
    return client_->get(name_, from, into, kSoon);
  }

 private:
  const std::shared_ptr<S3Client> client_;
  const std::string name_;
  const std::uint64_t bytes_;
};

std::string hash_in(std::string_view key) { return std::string(key.substr(0, key.find('.'))); }

}  // namespace

// The content of a listing.
struct S3Store::Listed {
  Inventory kept;
  std::map<std::string, std::vector<std::string>> with;  // a piece's other files, by its first
  std::map<std::string, Micros> put_at;                  // each file
  std::vector<std::string> left_behind;                  // marks whose file went long ago
};

S3Store::S3Store(const StoreConfig& config, GiveUp stopping)
    : prefix_(config.s3_prefix),
      bytes_max_(static_cast<std::uint64_t>(config.bytes_max)),
      client_(std::make_shared<S3Client>(config, std::move(stopping))) {}

void S3Store::look() { client_->look(prefix_, kSoon); }

std::string S3Store::file_of(std::string_view key) const {
  SEGUE_CHECK(is_store_key(key));
  return std::string(prefix_).append(kFiles).append(key);
}
std::string S3Store::mark_of(std::string_view key) const {
  SEGUE_CHECK(is_store_key(key));
  return std::string(prefix_).append(kPlayed).append(key);
}
std::string S3Store::links_of(std::string_view key) const {
  SEGUE_CHECK(is_store_key(key));
  return std::string(prefix_).append(kWith).append(key).append("/");
}

// A file that is there already is put again: it may have been damaged, and counts as new.
std::string S3Store::put(std::string_view bytes, std::string_view ending) {
  const std::string hash = sha256(bytes);
  std::string key = hash + "." + std::string(ending);
  if (bytes.size() > bytes_max_) {
    throw std::runtime_error("store.bytes_max: a file of " + std::to_string(bytes.size()) +
                             " bytes does not fit");
  }
  client_->put(file_of(key), bytes, hash, kLong);
  const std::lock_guard lock(mutex_);
  held_.bytes += bytes.size();
  ++held_.files;
  return key;
}

std::optional<std::string> S3Store::get(std::string_view key) {
  if (!is_store_key(key)) return std::nullopt;
  auto bytes = client_->get(file_of(key), bytes_max_, kLong);
  if (!bytes || sha256(*bytes) != hash_in(key)) return std::nullopt;
  count_as_played(key);
  return bytes;
}

bool S3Store::has(std::string_view key) {
  if (!is_store_key(key)) return false;
  {
    const std::lock_guard lock(mutex_);
    if (SteadyClock::now() < away_until_) throw S3Away("the store was away a moment ago");
  }
  try {
    return client_->size(file_of(key), kSoon).has_value();
  } catch (const S3Away&) {
    const std::lock_guard lock(mutex_);
    away_until_ = SteadyClock::now() + kAwayFor;
    throw;
  }
}

std::unique_ptr<StoredFile> S3Store::open(std::string_view key) {
  std::string name = file_of(key);
  const auto bytes = client_->size(name, kSoon);
  if (!bytes) return nullptr;
  return std::make_unique<RemoteFile>(client_, std::move(name), *bytes);
}

void S3Store::count_as_played(std::string_view key) {
  const auto now = SteadyClock::now();
  {
    const std::lock_guard lock(mutex_);
    if (played_.size() >= kMarkedMax) played_.clear();
    const auto [known, is_first] = played_.try_emplace(std::string(key), now);
    if (!is_first && now - known->second < kMarkedFor) return;
    known->second = now;
  }
  try {
    client_->put(mark_of(key), {}, sha256(""), kSoon);
  } catch (const std::runtime_error& problem) {
    log::debug("A file was not marked as played.", {{"error", std::string(problem.what())}});
    const std::lock_guard lock(mutex_);
    played_.erase(std::string(key));
  }
}

void S3Store::join(const std::vector<std::string>& keys) {
  SEGUE_CHECK(!keys.empty());
  const std::string links = links_of(keys.front());
  for (auto key = keys.begin() + 1; key != keys.end(); ++key) {
    SEGUE_CHECK(is_store_key(*key));
    if (*key != keys.front()) client_->put(links + *key, {}, sha256(""), kLong);
  }
}

void S3Store::remove(std::string_view key) {
  if (!is_store_key(key)) return;
  const std::string links = links_of(key);
  std::vector<std::string> with;
  client_->list(
      links, [&](const S3Object& link) { with.push_back(link.name.substr(links.size())); }, kLong);
  remove_file(std::string(key), with);
}

// Another process may have put it again since: then it counts as new.
bool S3Store::is_as_listed(const std::string& key, const Listed& found) {
  const Micros put_at = found.put_at.at(key);
  bool as_listed = true;
  client_->list(
      file_of(key), [&](const S3Object& file) { as_listed = as_listed && file.modified == put_at; },
      kLong);
  return as_listed;
}

// The file first: marks without one are found and removed later.
void S3Store::remove_file(const std::string& key, const std::vector<std::string>& with) {
  client_->remove(file_of(key), kLong);
  client_->remove(mark_of(key), kLong);
  for (const std::string& other : with) client_->remove(links_of(key) + other, kLong);
}

// Calls `take(key, rest, object)` for "ROOM/KEY" and "ROOM/KEY/REST". What else lies there is
// somebody else's.
template <class Take>
void S3Store::each_below(std::string_view room, Take take) {
  const std::string begin = prefix_ + std::string(room);
  client_->list(
      begin,
      [&](const S3Object& object) {
        if (!object.name.starts_with(begin)) return;
        const std::string rest = object.name.substr(begin.size());
        const std::size_t end = std::min(rest.find('/'), rest.size());
        const std::string key = rest.substr(0, end);
        if (is_store_key(key)) take(key, rest.substr(std::min(end + 1, rest.size())), object);
      },
      kLong);
}

S3Store::Listed S3Store::listed() {
  Listed found;
  each_below(kFiles, [&](const std::string& key, const std::string&, const S3Object& object) {
    found.kept.add(key, object.modified, object.bytes);
    found.put_at.emplace(key, object.modified);
  });
  const Micros long_ago = wall_clock() - kMarksOfNoFile;
  const auto is_there = [&](const std::string& key, const S3Object& mark) {
    const bool there = found.put_at.contains(key);
    if (!there && mark.modified < long_ago) found.left_behind.push_back(mark.name);
    return there;
  };
  each_below(kPlayed, [&](const std::string& key, const std::string&, const S3Object& mark) {
    if (is_there(key, mark)) found.kept.play(key, mark.modified);
  });
  each_below(kWith, [&](const std::string& key, const std::string& other, const S3Object& mark) {
    if (is_there(key, mark) && is_store_key(other)) found.with[key].push_back(other);
  });
  for (const auto& [first, others] : found.with) {
    std::vector<std::string> piece{first};
    piece.insert(piece.end(), others.begin(), others.end());
    found.kept.join(piece);
  }
  return found;
}

std::vector<std::string> S3Store::make_room(std::uint64_t bytes, const BeforeRemoval& before) {
  const std::lock_guard making(making_room_);
  {
    const std::lock_guard lock(mutex_);
    if (SteadyClock::now() < listed_until_ && held_.bytes + bytes <= bytes_max_) return {};
  }
  Listed found = listed();
  const std::uint64_t held = found.kept.bytes();
  std::vector<std::string> going;
  std::size_t chosen = 0;
  if (held + bytes > bytes_max_) {
    going = found.kept.to_go(bytes + bytes_max_ / kMoreGoes, bytes_max_);
    chosen = going.size();
    // A file that another put again since keeps its entry and stays.
    std::erase_if(going, [&](const std::string& key) { return !is_as_listed(key, found); });
    if (before) before(going);
  }
  std::erase_if(going, [&](const std::string& key) {
    if (!is_as_listed(key, found)) return true;
    remove_file(key, found.with[key]);
    return false;
  });
  for (const std::string& name : found.left_behind) client_->remove(name, kLong);
  const std::lock_guard lock(mutex_);
  held_ = {.bytes = found.kept.bytes(), .files = found.kept.files()};
  // Where something stayed, more is held than was reckoned with.
  listed_until_ = SteadyClock::now();
  if (going.size() == chosen) listed_until_ += kListedFor;
  return going;
}

std::optional<FileStore::Held> S3Store::held() const {
  const std::lock_guard lock(mutex_);
  if (listed_until_ == SteadyClock::time_point{}) return std::nullopt;
  return held_;
}

}  // namespace segue::io
