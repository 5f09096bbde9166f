#include "consumers/generator/worker/studio.h"

#include <utility>

#include "core/check.h"
#include "core/io/store/file_store.h"

namespace segue::generator {
namespace {

// Thrown through the making of a piece that is wanted no more.
struct GivenUp {};

segue::Stage stage_of(Phase phase) {
  switch (phase) {
    case Phase::composing:
      return segue::Stage::composing;
    case Phase::rendering:
      return segue::Stage::rendering;
    case Phase::checking:
      break;
  }
  return segue::Stage::checking;
}

}  // namespace

Studio::Studio(Make make, std::function<Micros()> now, std::function<void()> prepare)
    : make_(std::move(make)),
      now_(std::move(now)),
      prepare_(std::move(prepare)),
      thread_([this] { work(); }) {}

Studio::~Studio() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  asked_.notify_all();
  thread_.join();
}

bool Studio::idle() const {
  const std::lock_guard lock(mutex_);
  return !busy_ && !failed_;
}

void Studio::begin(const GenerationJob& job, std::weak_ptr<const void> wanted) {
  const std::lock_guard lock(mutex_);
  SEGUE_CHECK(!busy_);
  busy_ = true;
  news_ = {};
  task_ = Task{job, std::move(wanted)};
  asked_.notify_all();
}

bool Studio::has_news() const {
  const std::lock_guard lock(mutex_);
  return news_.made || !news_.stages.empty();
}

Studio::News Studio::take_news() {
  const std::lock_guard lock(mutex_);
  if (news_.made) busy_ = false;
  return std::exchange(news_, {});
}

void Studio::check() const {
  const std::lock_guard lock(mutex_);
  if (failed_) std::rethrow_exception(failed_);
}

std::optional<Studio::Task> Studio::next() {
  std::unique_lock lock(mutex_);
  asked_.wait(lock, [this] { return stop_ || task_; });
  if (stop_) return std::nullopt;
  return std::exchange(task_, std::nullopt);
}

void Studio::work() {
  try {
    if (prepare_) prepare_();
    while (const auto task = next()) make_one(*task);
  } catch (const std::exception&) {
    const std::lock_guard lock(mutex_);
    failed_ = std::current_exception();
  }
}

void Studio::make_one(const Task& task) {
  const auto give_up = [this] {
    const std::lock_guard lock(mutex_);
    busy_ = false;
    news_ = {};
  };
  try {
    Made made = make_(task.job, [&](Phase phase, double share) {
      const std::lock_guard lock(mutex_);
      if (stop_ || task.wanted.expired()) throw GivenUp();
      if (share <= 0) news_.stages.push_back({stage_of(phase), now_()});
    });
    const std::lock_guard lock(mutex_);
    // Lost at the last moment: no one is left to take the news.
    busy_ = !task.wanted.expired();
    if (busy_) news_.made = std::move(made);
  } catch (const GivenUp&) {
    give_up();
  } catch (const io::StoreGivenUp&) {
    give_up();
  }
}

}  // namespace segue::generator
