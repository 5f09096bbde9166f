#include "core/io/redis/redis_slots.h"

#include <gtest/gtest.h>

#include <string>

namespace segue::io {
namespace {

// As a server would send it.
RedisReply parsed(const std::string& text) {
  const std::unique_ptr<redisReader, RedisFree> reader(redisReaderCreate());
  EXPECT_EQ(redisReaderFeed(reader.get(), text.data(), text.size()), REDIS_OK);
  void* reply = nullptr;
  EXPECT_EQ(redisReaderGetReply(reader.get(), &reply), REDIS_OK);
  return RedisReply(static_cast<redisReply*>(reply));
}

const RedisAddress kAsked{.host = "seed", .port = 7'000};

std::string range(int first, int last, const std::string& host, int port) {
  return "*3\r\n:" + std::to_string(first) + "\r\n:" + std::to_string(last) + "\r\n*3\r\n$" +
         std::to_string(host.size()) + "\r\n" + host + "\r\n:" + std::to_string(port) +
         "\r\n$2\r\nid\r\n";
}

TEST(RedisSlots, a_key_has_the_slot_that_redis_gives_it) {
  EXPECT_EQ(redis_slot("123456789"), 12'739);  // the specification's own example
  EXPECT_EQ(redis_slot("foo"), 12'182);
  EXPECT_EQ(redis_slot(""), 0);
}

TEST(RedisSlots, keys_of_a_partition_share_a_slot) {
  EXPECT_EQ(redis_slot("sg:{segue.events.v1/3}:ckpt"), redis_slot("segue.events.v1/3"));
  EXPECT_EQ(redis_slot("sg:{segue.events.v1/3}:u:{x}"), redis_slot("segue.events.v1/3"));
  EXPECT_NE(redis_slot("{}foo"), redis_slot("{}bar"));
}

TEST(RedisSlots, a_command_is_routed_by_its_first_key) {
  const std::array<std::string_view, 5> call = {"FCALL", "sg_claim", "1", "sg:{t/0}:ckpt", "me"};
  const std::array<std::string_view, 3> version = {"FCALL_RO", "sg_version", "0"};
  const std::array<std::string_view, 3> field = {"HGET", "sg:meta", "schema"};
  const std::array<std::string_view, 1> ping = {"PING"};

  EXPECT_EQ(key_of(call), "sg:{t/0}:ckpt");
  EXPECT_EQ(key_of(version), "");
  EXPECT_EQ(key_of(field), "sg:meta");
  const std::array<std::string_view, 2> prefixed = {"GET", "b.sg:{t/0}:u:ada"};
  EXPECT_EQ(key_of(prefixed), "b.sg:{t/0}:u:ada");
  EXPECT_EQ(key_of(ping), "");
}

TEST(RedisSlots, a_redirection_names_the_slot_and_the_node) {
  const auto moved = redirection_of(*parsed("-MOVED 3999 10.0.0.7:6381\r\n"));
  const auto asked = redirection_of(*parsed("-ASK 12 ::1:6381\r\n"));
  const auto same_host = redirection_of(*parsed("-MOVED 1 :6381\r\n"));

  ASSERT_TRUE(moved && asked && same_host);
  EXPECT_FALSE(moved->ask);
  EXPECT_EQ(moved->slot, 3'999);
  EXPECT_EQ(moved->to.text(), "10.0.0.7:6381");
  EXPECT_TRUE(asked->ask);
  EXPECT_EQ(asked->to.text(), "[::1]:6381");
  EXPECT_EQ(same_host->to.host, "");
}

TEST(RedisSlots, what_is_no_redirection_is_none) {
  for (const char* text : {"-ERR no\r\n", "+MOVED 1 a:1\r\n", "-MOVED 1 nowhere\r\n",
                           "-MOVED 20000 a:1\r\n", "-MOVED\r\n", "-ASK 1 a:0\r\n"}) {
    EXPECT_FALSE(redirection_of(*parsed(text))) << text;
  }
}

TEST(RedisSlots, slots_that_no_master_serves_are_counted) {
  const auto map = SlotMap::from(
      *parsed("*2\r\n" + range(0, 8'000, "a", 1) + range(8'100, 16'383, "b", 2)), kAsked);

  ASSERT_TRUE(map);
  EXPECT_EQ(map->masters().size(), 2U);
  EXPECT_EQ(map->unserved(), 99U);
  EXPECT_EQ(map->master_of(8'050), nullptr);
  EXPECT_EQ(map->master_of(8'100)->text(), "b:2");
}

TEST(RedisSlots, a_node_without_a_host_is_the_one_that_was_asked) {
  const auto map = SlotMap::from(*parsed("*1\r\n" + range(0, 16'383, "", 7'001)), kAsked);

  ASSERT_TRUE(map);
  EXPECT_EQ(map->master_of(5)->text(), "seed:7001");
}

TEST(RedisSlots, a_slot_that_moves_is_the_new_masters_alone) {
  auto map = SlotMap::from(*parsed("*1\r\n" + range(0, 16'383, "a", 1)), kAsked);
  map->move(7, {.host = "c", .port = 3});

  EXPECT_EQ(map->master_of(7)->text(), "c:3");
  EXPECT_EQ(map->master_of(8)->text(), "a:1");
}

TEST(RedisSlots, what_is_no_map_is_refused) {
  for (const char* text :
       {"-ERR This instance has cluster support disabled\r\n", "*1\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:99999\r\n*2\r\n$1\r\na\r\n:1\r\n", "*1\r\n*2\r\n:0\r\n:1\r\n"}) {
    EXPECT_FALSE(SlotMap::from(*parsed(text), kAsked)) << text;
  }
}

}  // namespace
}  // namespace segue::io
