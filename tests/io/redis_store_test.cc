#include "core/io/redis/redis_store.h"

#include <gtest/gtest.h>

#include <string>

#include "core/io/redis/redis_client.h"
#include "tests/io/servers.h"

namespace segue::io {
namespace {

using testing::functions;
using testing::redis;
using testing::unique;

constexpr Token kMine = {1, 2, 3, 0, '\r', '\n', 7, 8, 9, 10, 11, 12, 13, 14, 15, 255};
constexpr Token kOther = {2};

Meta small_meta() {
  return {.library_version = std::string(kFunctionsVersion),
          .state_schema = kStateSchema,
          .incarnation = {},
          .partitions = {}};
}

// A partition that was never used before.
class RedisStoreTest : public ::testing::Test {
 protected:
  RedisStoreTest() : topic_(unique("topic")), client_(redis()) {
    initialise(redis(), functions(), small_meta());
    store_ = std::make_unique<RedisStore>(redis(), topic_, nullptr);
  }

  Fence fence(std::int64_t next, const Token& token = kMine) const {
    return {.partition = 3, .token = token, .next = next};
  }
  Claimed claim(const Token& token = kMine) { return store_->claim(3, token, "me"); }
  StoreReply apply(std::int64_t first, std::int64_t next, std::uint64_t batch,
                   std::vector<Write> writes, bool keep_attempts = false,
                   const Token& token = kMine) {
    const ApplyRequest request{.fence = fence(first, token),
                               .next = next,
                               .batch = batch,
                               .keep_attempts = keep_attempts,
                               .writes = std::move(writes)};
    return store_->apply(std::span(&request, 1)).at(0);
  }
  Loaded load(std::int64_t next, std::vector<std::string> keys, const Token& token = kMine) {
    const LoadRequest request{.fence = fence(next, token), .keys = std::move(keys)};
    return store_->load(std::span(&request, 1)).at(0);
  }
  StoreReply check(std::int64_t next, const Token& token = kMine) {
    const Fence asked = fence(next, token);
    return store_->check(std::span(&asked, 1)).at(0);
  }
  std::string field(const std::string& name) {
    const RedisReply reply = client_.ask({"HGET", redis_key(redis(), topic_, 3, "ckpt"), name});
    return std::string(text_of(*reply));
  }
  std::string value(const std::string& key) {
    const RedisReply reply = client_.ask({"GET", redis_key(redis(), topic_, 3, key)});
    return reply->type == REDIS_REPLY_NIL ? "(none)" : std::string(text_of(*reply));
  }

  const std::string topic_;
  RedisClient client_;
  std::unique_ptr<RedisStore> store_;
};

TEST_F(RedisStoreTest, keys_of_a_partition_share_one_hash_tag) {
  EXPECT_EQ(redis_key({}, "segue.events.v1", 7, "u:alice"), "sg:{segue.events.v1/7}:u:alice");
}

TEST_F(RedisStoreTest, the_first_claim_makes_the_checkpoint) {
  const Claimed claimed = claim();

  EXPECT_EQ(claimed.status, StoreStatus::ok);
  EXPECT_EQ(claimed.next, -1);
  EXPECT_EQ(claimed.batch, 0U);
  EXPECT_EQ(claimed.attempts, 1U);
  EXPECT_EQ(claimed.stepping, -1);
  EXPECT_EQ(claimed.marks, 0U);
  EXPECT_EQ(field("owner"), "me");
  EXPECT_EQ(field("schema"), std::to_string(kStateSchema));
}

TEST_F(RedisStoreTest, on_a_first_run_batch_one_says_where_it_begins) {
  claim();

  EXPECT_EQ(check(0).status, StoreStatus::offset);
  EXPECT_EQ(load(1'234, {"u:a"}).reply.status, StoreStatus::offset);
  EXPECT_EQ(apply(1'234, 1'240, 2, {}).status, StoreStatus::offset);
  EXPECT_EQ(apply(1'234, 1'234, 1, {}).status, StoreStatus::ok);
  EXPECT_EQ(check(1'234).status, StoreStatus::ok);
  EXPECT_EQ(claim().next, 1'234);
}

// An empty batch moves no position: its number alone tells it from the next.
TEST_F(RedisStoreTest, a_late_empty_batch_does_not_undo_a_later_one) {
  claim();
  apply(0, 10, 1, {});
  apply(10, 10, 2, {{"shared", "old"}});
  apply(10, 10, 3, {{"shared", "new"}});

  EXPECT_EQ(apply(10, 10, 2, {{"shared", "old"}}).status, StoreStatus::duplicate);
  EXPECT_EQ(value("shared"), "new");
  EXPECT_EQ(apply(10, 20, 5, {}).status, StoreStatus::offset);
}

TEST_F(RedisStoreTest, what_was_applied_is_loaded_byte_for_byte) {
  claim();
  const std::string binary("\0\r\n$5%b\xff", 8);
  std::vector<Write> writes = {{"u:a", binary}, {"u:b", ""}, {"ranker", std::string(300'000, 'x')}};

  EXPECT_EQ(apply(0, 10, 1, writes).status, StoreStatus::ok);
  const Loaded loaded = load(10, {"u:a", "u:missing", "u:b", "ranker"});

  EXPECT_EQ(loaded.reply.status, StoreStatus::ok);
  ASSERT_EQ(loaded.values.size(), 4U);
  EXPECT_EQ(loaded.values[0], binary);
  EXPECT_EQ(loaded.values[1], std::nullopt);
  EXPECT_EQ(loaded.values[2], "");
  EXPECT_EQ(loaded.values[3], std::string(300'000, 'x'));
}

TEST_F(RedisStoreTest, a_write_without_a_value_deletes) {
  claim();
  apply(0, 1, 1, {{"u:a", "1"}, {"u:b", "2"}});

  EXPECT_EQ(apply(1, 2, 2, {{"u:a", std::nullopt}, {"u:b", "3"}}).status, StoreStatus::ok);

  EXPECT_EQ(value("u:a"), "(none)");
  EXPECT_EQ(value("u:b"), "3");
}

// More than Lua can unpack at once.
TEST_F(RedisStoreTest, thousands_of_keys_go_in_one_call) {
  claim();
  std::vector<Write> writes;
  std::vector<std::string> keys;
  for (int i = 0; i < 20'001; ++i) {
    keys.push_back("u:" + std::to_string(i));
    writes.push_back({keys.back(), i % 5 == 4 ? std::nullopt : std::optional(std::to_string(i))});
  }

  EXPECT_EQ(apply(0, 1, 1, writes).status, StoreStatus::ok);
  const Loaded loaded = load(1, keys);

  ASSERT_EQ(loaded.values.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) ASSERT_EQ(loaded.values[i], writes[i].value) << i;
}

TEST_F(RedisStoreTest, the_identical_call_again_is_a_duplicate_and_writes_nothing) {
  claim();
  apply(0, 10, 1, {{"u:a", "1"}});

  EXPECT_EQ(apply(0, 10, 1, {{"u:a", "another"}}).status, StoreStatus::duplicate);
  EXPECT_EQ(value("u:a"), "1");
}

TEST_F(RedisStoreTest, another_batch_that_ends_there_too_is_no_duplicate) {
  claim();
  apply(0, 10, 1, {});

  const StoreReply reply = apply(0, 10, 2, {{"u:a", "1"}});

  EXPECT_EQ(reply.status, StoreStatus::offset);
  EXPECT_EQ(reply.next, 10);
  EXPECT_EQ(value("u:a"), "(none)");
}

TEST_F(RedisStoreTest, after_another_claim_the_old_owner_is_fenced_from_everything) {
  claim();
  apply(0, 10, 1, {{"u:a", "1"}});
  claim(kOther);

  EXPECT_EQ(apply(10, 20, 2, {{"u:a", "2"}}).status, StoreStatus::fenced);
  EXPECT_EQ(apply(0, 10, 1, {{"u:a", "2"}}).status, StoreStatus::fenced);
  EXPECT_EQ(load(10, {"u:a"}).reply.status, StoreStatus::fenced);
  EXPECT_EQ(check(10).status, StoreStatus::fenced);
  EXPECT_EQ(store_->mark(fence(10), 1).status, StoreStatus::fenced);
  EXPECT_EQ(store_->release(fence(10)).status, StoreStatus::fenced);
  EXPECT_EQ(value("u:a"), "1");
  EXPECT_EQ(check(10, kOther).status, StoreStatus::ok);
}

TEST_F(RedisStoreTest, without_a_checkpoint_everybody_is_fenced) {
  EXPECT_EQ(apply(0, 10, 1, {{"u:a", "1"}}).status, StoreStatus::fenced);
  EXPECT_EQ(load(0, {"u:a"}).reply.status, StoreStatus::fenced);
  EXPECT_EQ(check(0).status, StoreStatus::fenced);
  EXPECT_EQ(value("u:a"), "(none)");
}

TEST_F(RedisStoreTest, a_state_that_went_back_in_time_says_where_it_is) {
  claim();
  apply(0, 10, 1, {{"u:a", "1"}});
  client_.ask({"HSET", redis_key(redis(), topic_, 3, "ckpt"), "next", "4", "batch", "0"});

  const StoreReply applied = apply(10, 20, 2, {{"u:a", "2"}});
  const StoreReply loaded = load(10, {"u:a"}).reply;

  EXPECT_EQ(applied.status, StoreStatus::offset);
  EXPECT_EQ(applied.next, 4);
  EXPECT_EQ(loaded.status, StoreStatus::offset);
  EXPECT_EQ(loaded.next, 4);
  EXPECT_EQ(check(10).next, 4);
  EXPECT_EQ(store_->mark(fence(10), 1).status, StoreStatus::offset);
  EXPECT_EQ(store_->release(fence(10)).status, StoreStatus::offset);
  EXPECT_EQ(value("u:a"), "1");
}

// Doubles cannot tell these apart.
TEST_F(RedisStoreTest, offsets_are_compared_exactly) {
  constexpr std::int64_t kLarge = 9'007'199'254'740'993;  // 2^53 + 1
  claim();
  apply(0, kLarge, 1, {});

  EXPECT_EQ(check(kLarge).status, StoreStatus::ok);
  EXPECT_EQ(check(kLarge - 1).status, StoreStatus::offset);
  EXPECT_EQ(check(kLarge - 1).next, kLarge);
}

TEST_F(RedisStoreTest, attempts_count_claims_since_the_last_progress) {
  EXPECT_EQ(claim(kOther).attempts, 1U);
  EXPECT_EQ(claim().attempts, 2U);
  apply(0, 10, 1, {}, true);
  EXPECT_EQ(claim(kOther).attempts, 3U);
  EXPECT_EQ(claim().attempts, 4U);
  apply(10, 20, 2, {});
  EXPECT_EQ(claim(kOther).attempts, 1U);
}

TEST_F(RedisStoreTest, a_mark_says_what_the_caller_counted_however_often_it_is_sent) {
  claim();
  apply(0, 10, 1, {});

  EXPECT_EQ(store_->mark(fence(10), 2).status, StoreStatus::ok);
  EXPECT_EQ(store_->mark(fence(10), 2).status, StoreStatus::ok);

  const Claimed claimed = claim();
  EXPECT_EQ(claimed.stepping, 10);
  EXPECT_EQ(claimed.marks, 2U);
  EXPECT_EQ(store_->unmark(fence(10)).status, StoreStatus::ok);
  EXPECT_EQ(claim().marks, 0U);
}

// A claim whose reply was lost is sent again: it is the same claim.
TEST_F(RedisStoreTest, the_same_token_again_is_no_other_attempt) {
  const Token fresh{1, 2, 3};

  EXPECT_EQ(claim(fresh).attempts, 1U);
  EXPECT_EQ(claim(fresh).attempts, 1U);
  EXPECT_EQ(claim(kOther).attempts, 2U);
}

TEST_F(RedisStoreTest, a_release_resets_attempts_and_gives_up_the_right_to_write) {
  claim();
  claim();
  apply(0, 10, 1, {}, true);
  store_->mark(fence(10), 1);

  EXPECT_EQ(store_->release(fence(10)).status, StoreStatus::ok);

  EXPECT_EQ(check(10).status, StoreStatus::fenced);
  EXPECT_EQ(apply(10, 11, 2, {}).status, StoreStatus::fenced);
  const Claimed claimed = claim();
  EXPECT_EQ(claimed.next, 10);
  EXPECT_EQ(claimed.batch, 1U);
  EXPECT_EQ(claimed.attempts, 1U);
  EXPECT_EQ(claimed.stepping, -1);
  EXPECT_EQ(claimed.marks, 0U);
}

TEST_F(RedisStoreTest, partitions_are_answered_in_the_order_they_were_asked) {
  store_->claim(0, kMine, "me");
  store_->claim(1, kOther, "you");
  const std::vector<ApplyRequest> requests = {
      {.fence = {0, kMine, 0}, .next = 5, .batch = 1, .writes = {{"u:a", "0"}}},
      {.fence = {1, kMine, 0}, .next = 5, .batch = 1, .writes = {{"u:a", "1"}}},
      {.fence = {0, kMine, 5}, .next = 6, .batch = 2, .writes = {{"u:a", "2"}}}};

  const std::vector<StoreReply> replies = store_->apply(requests);

  ASSERT_EQ(replies.size(), 3U);
  EXPECT_EQ(replies[0].status, StoreStatus::ok);
  EXPECT_EQ(replies[1].status, StoreStatus::fenced);
  EXPECT_EQ(replies[2].status, StoreStatus::ok);
}

TEST_F(RedisStoreTest, commands_are_counted_by_outcome) {
  Metrics metrics;
  RedisStore store(redis(), topic_, &metrics);

  store.claim(0, kMine, "me");

  EXPECT_NE(metrics.text().find("command=\"claim\""), std::string::npos);
}

TEST_F(RedisStoreTest, without_memory_a_call_is_refused_and_nothing_is_written) {
  claim();
  apply(0, 10, 1, {{"u:a", "1"}});

  client_.ask({"CONFIG", "SET", "maxmemory", "1"});
  const StoreReply applied = apply(10, 20, 2, {{"u:a", "2"}, {"u:b", "2"}});
  const Claimed claimed = claim(kOther);
  const Loaded loaded = load(10, {"u:a"});
  client_.ask({"CONFIG", "SET", "maxmemory", "0"});

  EXPECT_EQ(applied.status, StoreStatus::refused);
  EXPECT_EQ(claimed.status, StoreStatus::refused);
  EXPECT_EQ(loaded.values.at(0), "1");
  EXPECT_EQ(value("u:a"), "1");
  EXPECT_EQ(value("u:b"), "(none)");
  EXPECT_EQ(field("next"), "10");
  EXPECT_EQ(apply(10, 20, 2, {{"u:a", "2"}}).status, StoreStatus::ok);
}

TEST_F(RedisStoreTest, a_closed_port_is_unreachable_for_each_request) {
  RedisConfig nowhere = redis();
  nowhere.address = "127.0.0.1:1";
  RedisStore store(nowhere, topic_, nullptr);
  const std::vector<Fence> fences = {fence(0), fence(1)};

  EXPECT_EQ(store.claim(0, kMine, "me").status, StoreStatus::unreachable);
  const auto replies = store.check(fences);

  ASSERT_EQ(replies.size(), 2U);
  EXPECT_EQ(replies[0].status, StoreStatus::unreachable);
  EXPECT_EQ(replies[1].status, StoreStatus::unreachable);
  EXPECT_FALSE(redis_answers(nowhere));
}

// The paused server answers in the end, to a connection that is no longer listened to.
TEST_F(RedisStoreTest, a_late_reply_never_answers_a_later_call) {
  RedisConfig impatient = redis();
  impatient.timeout_ms = 50;
  RedisStore store(impatient, topic_, nullptr);
  store.claim(3, kMine, "me");
  apply(0, 0, 1, {});

  client_.ask({"CLIENT", "PAUSE", "300", "ALL"});
  const StoreStatus lost = store.claim(3, kOther, "me").status;

  EXPECT_EQ(lost, StoreStatus::unreachable);
  std::vector<Loaded> loaded;
  do {
    const LoadRequest request{.fence = fence(0), .keys = {}};
    loaded = store.load(std::span(&request, 1));
  } while (loaded[0].reply.status == StoreStatus::unreachable);
  EXPECT_TRUE(loaded[0].reply.status == StoreStatus::ok ||
              loaded[0].reply.status == StoreStatus::fenced);
}

TEST_F(RedisStoreTest, a_connection_that_redis_closed_is_lost_once_then_re_created) {
  claim();
  apply(0, 0, 1, {});
  client_.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});

  EXPECT_EQ(check(0).status, StoreStatus::unreachable);
  EXPECT_EQ(check(0).status, StoreStatus::ok);
}

TEST_F(RedisStoreTest, a_wrong_address_is_named) {
  for (const char* address : {"", "nowhere", "host:", ":6379", "host:0", "host:70000", "unix:"}) {
    RedisConfig config;
    config.address = address;
    EXPECT_THROW(RedisStore(config, topic_, nullptr), std::runtime_error) << address;
  }
}

TEST_F(RedisStoreTest, a_password_that_is_not_accepted_is_said) {
  RedisConfig config = redis();
  config.password = "wrong";
  RedisStore store(config, topic_, nullptr);

  EXPECT_EQ(store.claim(0, kMine, "me").status, StoreStatus::unreachable);
  EXPECT_NE(store.trouble().find("SEGUE_REDIS_PASSWORD"), std::string::npos) << store.trouble();
  EXPECT_THROW(store.meta(), std::runtime_error);
}

TEST_F(RedisStoreTest, meta_is_what_init_wrote_and_init_changes_nothing_silently) {
  Meta meta = small_meta();
  const std::string topic = unique("counted");
  meta.partitions = {{topic, 16}};
  initialise(redis(), functions(), meta);
  const Meta first = store_->meta();
  initialise(redis(), functions(), meta);

  EXPECT_EQ(first.library_version, kFunctionsVersion);
  EXPECT_EQ(first.state_schema, kStateSchema);
  EXPECT_EQ(first.incarnation.size(), 32U);
  EXPECT_EQ(store_->meta().incarnation, first.incarnation);
  meta.partitions = {{topic, 8}};
  EXPECT_THROW(initialise(redis(), functions(), meta), std::runtime_error);
  meta = small_meta();
  meta.state_schema = kStateSchema + 1;
  EXPECT_THROW(initialise(redis(), functions(), meta), std::runtime_error);
}

TEST_F(RedisStoreTest, state_is_there_once_a_batch_was_applied) {
  EXPECT_FALSE(has_state(redis(), topic_, 4));
  claim();
  EXPECT_FALSE(has_state(redis(), topic_, 4));
  apply(0, 10, 1, {});
  EXPECT_TRUE(has_state(redis(), topic_, 4));
}

}  // namespace
}  // namespace segue::io
