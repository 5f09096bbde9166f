#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/io/kafka/kafka_confirmed.h"
#include "core/io/program.h"
#include "producers/gateway/gateway.h"

// segue-gateway-unlogged: the gateway as it is, but for the log. Events are read, checked and
// acknowledged, and go nowhere: what is left of a request's cost is the gateway's own. Only
// loadtest/gateway.py starts it.
namespace {

namespace asio = boost::asio;
using segue::io::ConfirmedLog;

// Tells of all that was sent since the loop last ran, as Kafka's poll does: a report for each event
// would burden what is compared with. The network thread's alone.
class Nowhere final : public ConfirmedLog {
 public:
  Nowhere(asio::io_context& context, OnReports on_reports)
      : context_(context), on_reports_(std::move(on_reports)) {}
  bool send(const segue::io::Publication&, std::uint64_t tag) override {
    if (reports_.empty()) {
      asio::post(context_, [this] { on_reports_(std::exchange(reports_, {})); });
    }
    reports_.push_back({.tag = tag, .in_log = true});
    return true;
  }
  void check() const override {}
  std::int32_t partitions() const override { return 16; }
  const std::string& cluster() const override { return cluster_; }

 private:
  const std::string cluster_ = "none";
  asio::io_context& context_;
  const OnReports on_reports_;
  std::vector<Report> reports_;
};

}  // namespace

int main(int argc, char** argv) {
  return segue::io::run_program(
      segue::gateway::gateway_info("segue-gateway-unlogged"), argc, argv,
      [](segue::io::Program& program) {
        return segue::gateway::serve_players(
            program, [](asio::io_context& context, ConfirmedLog::OnReports on_reports) {
              return std::make_unique<Nowhere>(context, std::move(on_reports));
            });
      });
}
