#include <memory>
#include <utility>

#include "core/io/kafka_confirmed.h"
#include "core/io/program.h"
#include "producers/gateway/gateway.h"

// segue-gateway-unlogged: the gateway as it is, but for the log. Events are read, checked and
// acknowledged, and go nowhere: what is left of a request's cost is the gateway's own. Only
// loadtest/gateway.py starts it.
namespace {

using segue::io::ConfirmedLog;

class Nowhere final : public ConfirmedLog {
 public:
  explicit Nowhere(OnReports on_reports) : on_reports_(std::move(on_reports)) {}
  bool send(const segue::io::Publication&, std::uint64_t tag) override {
    on_reports_({{.tag = tag, .in_log = true}});
    return true;
  }
  void check() const override {}
  std::int32_t partitions() const override { return 16; }

 private:
  const OnReports on_reports_;
};

}  // namespace

int main(int argc, char** argv) {
  return segue::io::run_program(segue::gateway::gateway_info("segue-gateway-unlogged"), argc, argv,
                                [](segue::io::Program& program) {
                                  return segue::gateway::serve_players(
                                      program, [](ConfirmedLog::OnReports on_reports) {
                                        return std::make_unique<Nowhere>(std::move(on_reports));
                                      });
                                });
}
