#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace segue::io {

// Whether this process is alive and ready, with a word for each part. Thread-safe.
class Health {
 public:
  // A part (kafka, redis, models …) starts not ready when first named; `detail` is for a person,
  // `code` ("no_store") for a program, where it is not ready and a code is known.
  void set(const std::string& part, bool ready, std::string detail, std::string code = {});
  // False also before the first part is named: a program that has not begun is not ready.
  bool ready() const;
  // One line a part: "ok redis answers" or "wait models 1200 of 5000", with its code before that.
  std::string verbose() const;
  // The codes of the parts that are not ready, "no_log, no_store"; empty: none has one.
  std::string codes() const;

 private:
  struct Part {
    bool ready = false;
    std::string detail;
    std::string code;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Part> parts_;
};

// Serves /metrics, /livez, /readyz[?verbose] and /version on its own thread (Boost.Beast), with
// bounded connections, header sizes and time-outs.
class HealthServer {
 public:
  // `listen` is HOST:PORT, port 0 takes a free one. Throws with the setting's name if it cannot.
  // `metrics_text` is asked for OpenMetrics (true) where a scraper accepts it.
  HealthServer(const std::string& listen, const Health& health,
               std::function<std::string(bool)> metrics_text, std::string version_json);
  ~HealthServer();
  HealthServer(const HealthServer&) = delete;
  HealthServer& operator=(const HealthServer&) = delete;
  std::uint16_t port() const;

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

}  // namespace segue::io
