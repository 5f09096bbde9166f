#include <gtest/gtest.h>

#include "core/io/redis/redis_client.h"
#include "core/io/redis/redis_store.h"
#include "tests/io/servers.h"

// The functions themselves, called as no store of ours would: what does not fit is refused before
// anything is written, because Redis keeps what a failing script wrote.
namespace segue::io {
namespace {

using testing::redis;
using testing::unique;

class RedisFunctionsTest : public ::testing::Test {
 protected:
  RedisFunctionsTest()
      : client_(redis()),
        topic_(unique("topic")),
        ckpt_(redis_key(redis(), topic_, 0, "ckpt")),
        key_(redis_key(redis(), topic_, 0, "u:a")) {
    initialise(redis(), testing::functions(),
               {.library_version = std::string(kFunctionsVersion),
                .state_schema = kStateSchema,
                .incarnation = {},
                .partitions = {}});
    client_.ask({"FCALL", "sg_claim", "1", ckpt_, "me", "token", "1", "1"});
  }

  // Whether the call is an error reply that wrote nothing.
  bool is_refused(std::initializer_list<std::string_view> call) {
    const std::string before = state();
    const RedisReply reply = client_.ask(call);
    return reply->type == REDIS_REPLY_ERROR && state() == before;
  }

  std::string state() {
    std::string all;
    const RedisReply fields = client_.ask({"HGETALL", ckpt_});
    for (std::size_t i = 0; i < fields->elements; ++i) {
      all.append(text_of(*fields->element[i])).push_back('\n');
    }
    const RedisReply value = client_.ask({"GET", key_});
    return all.append(text_of(*value));
  }

  RedisClient client_;
  const std::string topic_;
  const std::string ckpt_;
  const std::string key_;
};

TEST_F(RedisFunctionsTest, a_call_with_arguments_missing_is_refused) {
  EXPECT_TRUE(is_refused({"FCALL", "sg_claim", "1", ckpt_, "me", "token", "1"}));
  EXPECT_TRUE(is_refused({"FCALL_RO", "sg_load", "1", ckpt_, "token"}));
  EXPECT_TRUE(is_refused({"FCALL_RO", "sg_check", "2", ckpt_, key_, "token", "0"}));
  EXPECT_TRUE(is_refused({"FCALL", "sg_mark", "1", ckpt_, "token"}));
  EXPECT_TRUE(is_refused({"FCALL", "sg_release", "1", ckpt_, "token", "0"}));
  EXPECT_TRUE(
      is_refused({"FCALL", "sg_apply", "2", ckpt_, key_, "token", "0", "9", "1", "0", "5", "1"}));
}

TEST_F(RedisFunctionsTest, numbers_and_flags_that_are_none_are_refused) {
  for (const char* bad : {"", "x", "1.5", "-2", "007", "1e3", " 1"}) {
    EXPECT_TRUE(is_refused(
        {"FCALL", "sg_apply", "2", ckpt_, key_, "token", bad, "9", "1", "0", "5", "1", "v"}))
        << bad;
    EXPECT_TRUE(is_refused(
        {"FCALL", "sg_apply", "2", ckpt_, key_, "token", "0", bad, "1", "0", "5", "1", "v"}))
        << bad;
    EXPECT_TRUE(is_refused(
        {"FCALL", "sg_apply", "2", ckpt_, key_, "token", "0", "9", bad, "0", "5", "1", "v"}))
        << bad;
    EXPECT_TRUE(is_refused(
        {"FCALL", "sg_apply", "2", ckpt_, key_, "token", "0", "9", "1", "0", "5", bad, "v"}))
        << bad;
    EXPECT_TRUE(is_refused({"FCALL", "sg_mark", "1", ckpt_, "token", bad, "1"})) << bad;
  }
}

TEST_F(RedisFunctionsTest, an_empty_token_opens_nothing) {
  client_.ask({"FCALL", "sg_release", "1", ckpt_, "token", "0", "5"});

  EXPECT_TRUE(is_refused({"FCALL_RO", "sg_check", "1", ckpt_, "", "0"}));
  EXPECT_TRUE(
      is_refused({"FCALL", "sg_apply", "2", ckpt_, key_, "", "0", "9", "1", "0", "5", "1", "v"}));
}

TEST_F(RedisFunctionsTest, state_of_another_schema_is_not_claimed) {
  EXPECT_TRUE(is_refused({"FCALL", "sg_claim", "1", ckpt_, "me", "other", "1", "2"}));
}

TEST_F(RedisFunctionsTest, reading_needs_no_right_to_write) {
  EXPECT_EQ(client_.ask({"FCALL_RO", "sg_check", "1", ckpt_, "token", "0"})->type,
            REDIS_REPLY_ARRAY);
  EXPECT_EQ(client_.ask({"FCALL_RO", "sg_load", "2", ckpt_, key_, "token", "0"})->type,
            REDIS_REPLY_ARRAY);
  EXPECT_EQ(text_of(*client_.ask({"FCALL_RO", "sg_version", "0"})), kFunctionsVersion);
  EXPECT_TRUE(is_refused({"FCALL_RO", "sg_apply", "1", ckpt_, "token", "0", "9", "1", "0", "5"}));
}

}  // namespace
}  // namespace segue::io
