#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace segue {

// The threads of a worker program. When one of them throws, all are asked to stop, and `join`
// throws what it threw, so that `main` says one line and the supervisor starts us again.
class Threads {
 public:
  ~Threads();
  void start(std::function<void(const std::atomic<bool>& stop)> work);
  bool stopping() const { return stop_; }
  // Asks all to stop and waits for them.
  void join();

 private:
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::exception_ptr failed_;
  std::vector<std::thread> threads_;
};

}  // namespace segue
