#include "producers/gateway/audio/audio_files.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <stdexcept>
#include <utility>

#include "core/io/log.h"
#include "core/io/store/stores.h"
#include "producers/gateway/http/wakeup.h"

namespace segue::gateway {
namespace {

using Clock = std::chrono::steady_clock;

// One address has at most this part of the room, but always a download.
constexpr std::int64_t kOfAddressPart = 8;
constexpr std::chrono::seconds kSaidAgain{10};

std::size_t room_for(std::int64_t streams, std::size_t piece_bytes) {
  return static_cast<std::size_t>(std::max<std::int64_t>(streams, 1)) * piece_bytes;
}

// Players ask again and again: a store that is away is said once in a while.
void say(const std::runtime_error& problem) {
  static std::atomic<Clock::duration> next = Clock::duration::min();
  const Clock::duration now = Clock::now().time_since_epoch();
  Clock::duration from = next;
  if (now < from || !next.compare_exchange_strong(from, now + kSaidAgain)) return;
  io::log::warn("Composed music cannot be read.", {{"error", std::string(problem.what())}});
}

}  // namespace

AudioFiles::AudioFiles(const StoreConfig& store, io::StoreMetrics& metrics,
                       std::int64_t streams_max)
    : store_(io::names_store(store) ? io::opened_store(store, metrics) : nullptr),
      reading_(store_ ? store_->reading() : io::FileStore::Reading{.piece_bytes = 1, .threads = 1}),
      pieces_(room_for(streams_max, reading_.piece_bytes),
              room_for(streams_max / kOfAddressPart, reading_.piece_bytes)),
      threads_(reading_.threads) {}

AudioFiles::~AudioFiles() {
  threads_.stop();
  threads_.join();
}

asio::awaitable<AudioFiles::Opened> AudioFiles::open(std::string key) {
  const auto found = std::make_shared<std::unique_ptr<io::StoredFile>>();
  std::function<void()> work = [this, key, found] { *found = store_->open(key); };
  Opened opened;
  opened.away = !co_await on_thread(std::move(work));
  if (opened.away || !*found) co_return opened;
  opened.file = std::make_shared<AudioFile>(std::move(*found));
  // No request waits for it.
  asio::post(threads_, [this, key = std::move(key)] { store_->count_as_played(key); });
  co_return opened;
}

asio::awaitable<bool> AudioFiles::read(std::shared_ptr<AudioFile> file, std::uint64_t from,
                                       std::size_t bytes) {
  const auto good = std::make_shared<bool>(false);
  std::function<void()> work = [file = std::move(file), from, bytes, good] {
    file->piece_.resize(bytes);
    *good = file->file_->read(from, file->piece_);
  };
  co_return co_await on_thread(std::move(work)) && *good;
}

asio::awaitable<bool> AudioFiles::on_thread(std::function<void()> work) {
  const asio::any_io_executor network = co_await asio::this_coro::executor;
  const auto done = std::make_shared<Wakeup>(network);
  const auto answered = std::make_shared<std::atomic<bool>>(false);
  const auto given_up = std::make_shared<std::atomic<bool>>(false);
  asio::post(threads_, [work = std::move(work), network, done, answered, given_up] {
    if (*given_up) return;  // or what is asked again would queue behind an abandoned read
    try {
      work();
      *answered = true;
    } catch (const std::runtime_error& problem) {
      say(problem);
    }
    asio::post(network, [done] { done->wake(); });
  });
  const bool in_time = co_await done->wait_until(Clock::now() + kWithin);
  *given_up = !in_time;
  const bool good = in_time && *answered;
  co_return good;
}

std::string_view sound_type(std::string_view key) {
  using Named = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Named, 2> kTypes = {
      {{".flac", "audio/flac"}, {".mp3", "audio/mpeg"}}};
  if (!io::is_store_key(key)) return {};
  const auto* const found =
      std::ranges::find_if(kTypes, [&](const Named& named) { return key.ends_with(named.first); });
  return found == kTypes.end() ? std::string_view() : found->second;
}

}  // namespace segue::gateway
