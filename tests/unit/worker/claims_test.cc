#include "consumers/worker/claims.h"

#include <gtest/gtest.h>

#include "core/io/memory/memory_log.h"
#include "core/io/memory/memory_store.h"

namespace segue {
namespace {

class ClaimsTest : public testing::Test {
 protected:
  ClaimsTest() {
    log_.create("topic", 1);
    log_.append({.topic = "topic", .partition = 0, .key = "k", .value = "v", .headers = {}}, 0);
    claims_.assigned(0);
    claims_.claim_due();
  }

  std::size_t polled() { return source_.poll(10, std::chrono::milliseconds(0)).records.size(); }

  Micros now_ = 0;
  std::uint8_t tokens_ = 0;
  Runtime runtime_{.now = [this] { return now_; },
                   .wait = [](std::chrono::milliseconds) {},
                   .token = [this] { return io::Token{++tokens_}; }};
  io::MemoryLog log_;
  io::MemorySource source_{log_, "topic"};
  io::MemoryStore memory_;
  RetryingStore store_{memory_, runtime_, kSecond};
  Claims claims_{source_, store_, runtime_, ClaimRules{}};
};

TEST_F(ClaimsTest, a_partition_given_up_is_not_fetched_until_claimed) {
  claims_.give_up(0);

  EXPECT_EQ(polled(), 0U);
  now_ += kMinute;
  EXPECT_EQ(claims_.claim_due(), std::vector<std::int32_t>{0});
  EXPECT_EQ(polled(), 1U);
}

TEST_F(ClaimsTest, a_fenced_partition_is_not_fetched_until_claimed) {
  claims_.fenced(0);

  EXPECT_EQ(polled(), 0U);
  now_ += kMinute;
  EXPECT_EQ(claims_.claim_due(), std::vector<std::int32_t>{0});
  EXPECT_EQ(polled(), 1U);
}

}  // namespace
}  // namespace segue
