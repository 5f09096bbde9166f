#include "consumers/worker/threads.h"

#include <utility>

namespace segue {

Threads::~Threads() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void Threads::start(std::function<void(const std::atomic<bool>& stop)> work) {
  threads_.emplace_back([this, work = std::move(work)] {
    try {
      work(stop_);
    } catch (const std::exception&) {
      const std::lock_guard guard(mutex_);
      if (!failed_) failed_ = std::current_exception();
      stop_ = true;
    }
  });
}

void Threads::join() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  if (failed_) std::rethrow_exception(failed_);
}

}  // namespace segue
