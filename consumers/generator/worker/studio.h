#pragma once

#include <array>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "consumers/generator/production.h"
#include "core/generation/job.h"
#include "core/generation/label/disclosure.h"
#include "core/generation/result.h"
#include "core/time.h"

namespace segue::generator {

// The result of making a piece: a track whose files are kept, or, with a reason, none.
struct Made {
  std::string reason = {};  // a word for programs; empty: there is a track
  std::string detail = {};  // a sentence for the listener
  std::string title = {};
  std::int32_t duration_ms = 0;
  std::string audio_url = {};
  Disclosure ai = {};
  double seconds = 0;                        // of music
  std::array<double, 3> stage_seconds = {};  // composing, rendering, checking
};

// Makes one piece after another in a thread of its own, so that the loop that holds partitions
// never waits for one. What is begun is given up once it is wanted no more. Its methods belong
// to one thread.
class Studio {
 public:
  // Makes the piece of a job and keeps its files; throws what `on_progress` throws, and
  // io::StoreGivenUp where the program stops: then nothing became of the job, not even a failure.
  using Make = std::function<Made(const GenerationJob&, const Production::OnProgress&)>;
  // `prepare` runs first in the thread: what takes long and can be done before the first job.
  Studio(Make make, std::function<Micros()> now, std::function<void()> prepare = {});
  ~Studio();
  Studio(const Studio&) = delete;
  Studio& operator=(const Studio&) = delete;

  // False while a piece is being made, be it wanted or not, and until its news were taken.
  bool idle() const;
  // Requires: idle. `wanted`: by whom, for as long as it lives.
  void begin(const GenerationJob& job, std::weak_ptr<const void> wanted);

  struct News {
    std::vector<StageTime> stages;  // begun since the last call
    std::optional<Made> made;
  };
  bool has_news() const;
  News take_news();
  // Throws what stopped the thread, if anything did.
  void check() const;

 private:
  struct Task {
    GenerationJob job;
    std::weak_ptr<const void> wanted;
  };

  void work();
  void make_one(const Task& task);
  std::optional<Task> next();

  const Make make_;
  const std::function<Micros()> now_;
  const std::function<void()> prepare_;
  mutable std::mutex mutex_;
  std::condition_variable asked_;
  bool stop_ = false;
  bool busy_ = false;
  std::optional<Task> task_;
  News news_;
  std::exception_ptr failed_;
  std::thread thread_;
};

}  // namespace segue::generator
