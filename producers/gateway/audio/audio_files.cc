#include "producers/gateway/audio/audio_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <utility>

#include "core/io/store/folder_store.h"
#include "producers/gateway/http/wakeup.h"

namespace segue::gateway {
namespace {

// One address has at most this part of the room, but always a download.
constexpr std::size_t kOfAddressPart = 8;

std::unique_ptr<io::FolderStore> folder_of(const StoreConfig& store) {
  if (store.folder.empty()) return nullptr;
  return std::make_unique<io::FolderStore>(store.folder,
                                           static_cast<std::uint64_t>(store.bytes_max));
}

std::shared_ptr<AudioFile> opened(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return nullptr;
  struct stat about {};
  const bool known = ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
  auto file = std::make_shared<AudioFile>(
      descriptor, known ? static_cast<std::uint64_t>(about.st_size) : std::uint64_t{0});
  return known ? file : nullptr;
}

}  // namespace

AudioFile::~AudioFile() { ::close(descriptor_); }

bool AudioFile::read(std::uint64_t from, std::size_t bytes) {
  piece_.resize(bytes);
  for (std::size_t read = 0; read < bytes;) {
    const ::ssize_t got =
        ::pread(descriptor_, piece_.data() + read, bytes - read, static_cast<::off_t>(from + read));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    read += static_cast<std::size_t>(got);
  }
  return true;
}

AudioFiles::AudioFiles(const StoreConfig& store, std::int64_t streams_max)
    : folder_(folder_of(store)),
      pieces_(static_cast<std::size_t>(streams_max) * kPieceBytes,
              std::max<std::size_t>(static_cast<std::size_t>(streams_max) / kOfAddressPart, 1) *
                  kPieceBytes) {}

AudioFiles::~AudioFiles() {
  threads_.stop();
  threads_.join();
}

asio::awaitable<std::shared_ptr<AudioFile>> AudioFiles::open(std::string key) {
  const auto found = std::make_shared<std::shared_ptr<AudioFile>>();
  std::function<void()> work = [this, key = std::move(key), found] {
    *found = opened(folder_->path_of(key));
    if (*found) folder_->count_as_played(key);
  };
  if (!co_await on_thread(std::move(work))) co_return nullptr;
  co_return std::move(*found);
}

asio::awaitable<bool> AudioFiles::read(std::shared_ptr<AudioFile> file, std::uint64_t from,
                                       std::size_t bytes) {
  const auto good = std::make_shared<bool>(false);
  std::function<void()> work = [file = std::move(file), from, bytes, good] {
    *good = file->read(from, bytes);
  };
  co_return co_await on_thread(std::move(work)) && *good;
}

asio::awaitable<bool> AudioFiles::on_thread(std::function<void()> work) {
  const asio::any_io_executor network = co_await asio::this_coro::executor;
  const auto done = std::make_shared<Wakeup>(network);
  asio::post(threads_, [work = std::move(work), network, done] {
    work();
    asio::post(network, [done] { done->wake(); });
  });
  co_return co_await done->wait_until(std::chrono::steady_clock::now() + kWithin);
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
