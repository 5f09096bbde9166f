#include "producers/gateway/log/confirmations.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/io/metrics/metrics.h"
#include "producers/gateway/http/wakeup.h"

namespace segue::gateway {
namespace {

using Report = io::ConfirmedLog::Report;
using Clock = std::chrono::steady_clock;

// A Kafka that says what became of an event when the test does.
class StalledLog final : public io::ConfirmedLog {
 public:
  explicit StalledLog(OnReports on_reports) : on_reports_(std::move(on_reports)) {}
  bool send(const io::Publication&, std::uint64_t tag) override {
    sent.push_back(tag);
    return true;
  }
  void check() const override {}
  std::int32_t partitions() const override { return 1; }
  const std::string& cluster() const override { return cluster_; }

  void report(std::uint64_t tag, std::int64_t offset) {
    on_reports_({{.tag = tag, .in_log = true, .offset = offset}});
  }

  std::vector<std::uint64_t> sent;

 private:
  OnReports on_reports_;
  std::string cluster_ = "c";
};

class ConfirmationsTest : public testing::Test {
 protected:
  ConfirmationsTest() {
    config_.unconfirmed_events_max = 2;
    confirmations = std::make_unique<Confirmations>(
        context, config_, metrics_, traces_,
        [this](asio::io_context&, io::ConfirmedLog::OnReports reports) {
          auto made = std::make_unique<StalledLog>(std::move(reports));
          log = made.get();
          return made;
        });
  }

  // All that can go on without time passing.
  void go_on() {
    context.restart();
    while (context.poll_one() > 0) {
    }
  }

  static asio::awaitable<void> call(Confirmations& confirmations,
                                    std::vector<std::size_t>& answers) {
    std::vector<ReadEvent> events(2);
    const Confirmations::Published published =
        co_await confirmations.publish_all(std::move(events));
    answers.push_back(published.in_log);
  }
  // As a socket that has an event and finds no room for it.
  static asio::awaitable<void> wait_for_room(Confirmations& confirmations,
                                             asio::io_context& context, std::string& through,
                                             char name) {
    Wakeup room(context.get_executor());
    while (!confirmations.has_room(1)) {
      const Confirmations::Place in_line(confirmations, room);
      co_await room.wait_until(Clock::time_point::max());
    }
    through += name;
    confirmations.publish({}, [](std::optional<std::int64_t>) {});
  }
  void queue(char name) {
    asio::co_spawn(context, wait_for_room(*confirmations, context, through, name), kRethrow);
    go_on();
  }

  asio::io_context context;
  StalledLog* log = nullptr;
  std::unique_ptr<Confirmations> confirmations;
  std::string through;  // who found room, in this order

 private:
  prometheus::Registry registry_;
  io::GatewayMetrics metrics_{registry_};
  io::Metrics all_;
  io::Traces traces_{TracesConfig(), "segue-gateway", "1", all_};
  GatewayConfig config_;
};

TEST_F(ConfirmationsTest, a_call_waits_for_all_its_events) {
  std::vector<std::size_t> answers;
  asio::co_spawn(context, call(*confirmations, answers), kRethrow);
  go_on();

  log->report(log->sent.at(0), 7);
  go_on();
  EXPECT_TRUE(answers.empty());
  log->report(log->sent.at(1), 8);
  go_on();

  EXPECT_EQ(answers, (std::vector<std::size_t>{2}));
}

// A gateway that fails lets its calls end before what they use is gone.
TEST_F(ConfirmationsTest, a_call_that_waits_ends_when_all_is_given_up) {
  std::vector<std::size_t> answers;
  asio::co_spawn(context, call(*confirmations, answers), kRethrow);
  go_on();
  ASSERT_EQ(confirmations->open(), 2U);

  confirmations->give_up();
  go_on();

  EXPECT_EQ(answers, (std::vector<std::size_t>{0}));
  EXPECT_EQ(confirmations->open(), 0U);
  log->report(log->sent.at(0), 7);
  go_on();
  EXPECT_EQ(answers.size(), 1U) << "a later report belongs to no call";
  confirmations.reset();
  go_on();
}

TEST_F(ConfirmationsTest, who_waits_for_room_is_woken_by_it_alone) {
  for (const char name : {'1', '2', 'a', 'b', 'c'}) queue(name);
  EXPECT_EQ(through, "12");
  // No clock goes by here: a second look by time would not be seen.
  log->report(log->sent.at(0), 7);
  go_on();
  EXPECT_EQ(through, "12a");
  log->report(log->sent.at(1), 8);
  go_on();
  EXPECT_EQ(through.size(), 4U);
  log->report(log->sent.at(2), 9);
  go_on();

  EXPECT_EQ(through.size(), 5U);
}

TEST_F(ConfirmationsTest, who_leaves_the_line_wakes_the_next) {
  for (const char name : {'1', '2'}) queue(name);
  Wakeup gone(context.get_executor());
  auto left = std::make_unique<Confirmations::Place>(*confirmations, gone);
  queue('a');

  log->report(log->sent.at(0), 7);
  go_on();
  EXPECT_EQ(through, "12") << "it is the turn of who has gone";
  left.reset();
  go_on();

  EXPECT_EQ(through, "12a");
}

}  // namespace
}  // namespace segue::gateway
