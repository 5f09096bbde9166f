#include "core/io/store/measured_store.h"

#include <chrono>
#include <utility>

#include "core/io/metrics/store_metrics.h"
#include "core/io/store/s3_request.h"

namespace segue::io {
namespace {

using Counted = StoreMetrics;

// Does `work`, which says its outcome, and counts it. What is given up has none.
template <class Work>
void measured(StoreMetrics& metrics, Counted::Asked asked, Work work) {
  const auto began = std::chrono::steady_clock::now();
  const auto count = [&](Counted::Outcome outcome) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    metrics.count(asked, outcome, took.count());
  };
  try {
    count(work());
  } catch (const S3Away&) {
    count(Counted::Outcome::away);
    throw;
  } catch (const std::runtime_error&) {
    count(Counted::Outcome::failed);
    throw;
  }
}

class MeasuredFile final : public StoredFile {
 public:
  MeasuredFile(std::unique_ptr<StoredFile> file, StoreMetrics& metrics)
      : file_(std::move(file)), metrics_(metrics) {}

  std::uint64_t bytes() const override { return file_->bytes(); }
  bool read(std::uint64_t from, std::span<char> into) override {
    bool read = false;
    measured(metrics_, Counted::Asked::get, [&] {
      read = file_->read(from, into);
      return read ? Counted::Outcome::done : Counted::Outcome::absent;
    });
    return read;
  }

 private:
  const std::unique_ptr<StoredFile> file_;
  StoreMetrics& metrics_;
};

}  // namespace

MeasuredStore::MeasuredStore(std::unique_ptr<FileStore> store, std::uint64_t bytes_max,
                             StoreMetrics& metrics)
    : store_(std::move(store)), metrics_(metrics) {
  metrics_.begin(bytes_max);
}

std::string MeasuredStore::put(std::string_view bytes, std::string_view ending) {
  std::string key;
  measured(metrics_, Counted::Asked::put, [&] {
    key = store_->put(bytes, ending);
    return Counted::Outcome::done;
  });
  metrics_.hold(store_->held());
  return key;
}

std::optional<std::string> MeasuredStore::get(std::string_view key) {
  std::optional<std::string> bytes;
  measured(metrics_, Counted::Asked::get, [&] {
    bytes = store_->get(key);
    return bytes ? Counted::Outcome::done : Counted::Outcome::absent;
  });
  return bytes;
}

bool MeasuredStore::has(std::string_view key) {
  bool there = false;
  measured(metrics_, Counted::Asked::look, [&] {
    there = store_->has(key);
    return there ? Counted::Outcome::done : Counted::Outcome::absent;
  });
  return there;
}

std::unique_ptr<StoredFile> MeasuredStore::open(std::string_view key) {
  std::unique_ptr<StoredFile> file;
  measured(metrics_, Counted::Asked::look, [&] {
    file = store_->open(key);
    return file ? Counted::Outcome::done : Counted::Outcome::absent;
  });
  if (!file) return nullptr;
  return std::make_unique<MeasuredFile>(std::move(file), metrics_);
}

void MeasuredStore::join(const std::vector<std::string>& keys) {
  measured(metrics_, Counted::Asked::put, [&] {
    store_->join(keys);
    return Counted::Outcome::done;
  });
}

void MeasuredStore::remove(std::string_view key) {
  measured(metrics_, Counted::Asked::make_room, [&] {
    store_->remove(key);
    return Counted::Outcome::done;
  });
}

std::vector<std::string> MeasuredStore::make_room(std::uint64_t bytes,
                                                  const BeforeRemoval& before) {
  std::vector<std::string> gone;
  measured(metrics_, Counted::Asked::make_room, [&] {
    gone = store_->make_room(bytes, before);
    return Counted::Outcome::done;
  });
  metrics_.hold(store_->held());
  return gone;
}

}  // namespace segue::io
