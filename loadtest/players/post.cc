#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <stdexcept>

#include "core/io/program.h"
#include "loadtest/players/client.h"
#include "loadtest/players/commands.h"
#include "loadtest/players/event_text.h"

namespace segue {
namespace {

namespace http = boost::beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

// One measurement: connections that post, wait for the answer and post again.
class Posting {
 public:
  explicit Posting(const LoadConfig& load)
      : load_(load), run_(std::to_string(Clock::now().time_since_epoch().count()) + "/") {}

  double run() {
    const auto gateway = endpoint_of(load_.gateway);
    const auto warm = Clock::now() + std::chrono::seconds(load_.warm_up_s);
    const auto until = warm + std::chrono::seconds(load_.for_s);
    for (const std::string& token :
         read_tokens(load_.tokens, static_cast<std::size_t>(load_.connections))) {
      asio::co_spawn(context_, post_until(gateway, token, warm, until),
                     [](const std::exception_ptr& failure) {
                       if (failure) std::rethrow_exception(failure);
                     });
    }
    context_.run();
    return static_cast<double>(accepted_) / static_cast<double>(load_.for_s);
  }

 private:
  asio::awaitable<void> post_until(tcp::endpoint gateway, std::string token, Clock::time_point warm,
                                   Clock::time_point until) {
    tcp::socket socket(context_);
    co_await socket.async_connect(gateway, asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    boost::beast::flat_buffer buffer;
    while (!io::Program::stopping()) {
      const std::string request = request_of(token);
      co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
      http::response<http::string_body> answer;
      co_await http::async_read(socket, buffer, answer, asio::use_awaitable);
      if (answer.result() != http::status::accepted) throw std::runtime_error(answer.body());
      const auto now = Clock::now();
      if (now >= until) co_return;
      if (now >= warm) accepted_ += load_.batch;
    }
  }

  std::string request_of(const std::string& token) {
    std::string body = R"({"events":[)";
    for (std::int64_t i = 0; i < load_.batch; ++i) {
      if (i > 0) body += ',';
      ++last_;
      body += heard_text(run_ + std::to_string(last_), last_);
    }
    body += "]}";
    return "POST /v1/events HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
           "Authorization: Bearer " +
           token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  const LoadConfig& load_;
  const std::string run_;
  asio::io_context context_{1};
  std::uint64_t last_ = 0;
  std::int64_t accepted_ = 0;
};

}  // namespace

int post(const Config& config) {
  const double rate = Posting(config.load).run();
  std::cout << std::fixed << std::setprecision(0) << R"({"batch":)" << config.load.batch
            << R"(,"connections":)" << config.load.connections
            << R"(,"accepted_events_per_second":)" << rate << "}" << std::endl;
  return io::Program::stopping() ? 130 : 0;
}

}  // namespace segue
