#include "producers/gateway/log/tail_thread.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <utility>

namespace segue::gateway {
namespace {

constexpr std::size_t kRecordsMax = 1'000;
constexpr std::size_t kHandedMax = 8;
constexpr std::chrono::milliseconds kPollWait{200};

}  // namespace

TailThread::TailThread(asio::io_context& context, const KafkaConfig& config, std::string_view topic,
                       From from, io::Health& health, std::string part, Take take)
    : context_(context),
      health_(health),
      part_(std::move(part)),
      take_(std::move(take)),
      tail_(config, {std::string(topic)}, from) {
  health_.set(part_, false, "is read");
  thread_ = std::thread([this] { read(); });
}

TailThread::~TailThread() {
  ending_ = true;
  handed_ = 0;  // a thread that waits for room must see another number
  handed_.notify_all();
  thread_.join();
}

void TailThread::check() const {
  if (failed_) std::rethrow_exception(failure_);
}

void TailThread::read() {
  try {
    bool ready = false;
    while (!ending_) {
      auto records = tail_.poll(kRecordsMax, kPollWait);
      if (!records.empty()) hand_over(std::move(records));
      if (!ready && tail_.caught_up()) {
        ready = true;
        asio::post(context_, [this] {
          ready_ = true;
          health_.set(part_, true, "");
        });
      }
    }
  } catch (const std::exception&) {
    failure_ = std::current_exception();
    failed_ = true;
  }
}

void TailThread::hand_over(std::vector<io::KafkaTail::Tailed> records) {
  for (std::size_t handed = handed_; handed >= kHandedMax && !ending_; handed = handed_) {
    handed_.wait(handed);
  }
  ++handed_;
  asio::post(context_, [this, records = std::move(records)] {
    for (const auto& each : records) take_(each.record);
    --handed_;
    handed_.notify_all();
  });
}

}  // namespace segue::gateway
