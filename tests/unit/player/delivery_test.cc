#include "consumers/player/delivery.h"

#include <gtest/gtest.h>

#include "consumers/player/in_order.h"
#include "consumers/player/sound_address.h"

namespace segue::player {
namespace {

using Kind = Outbox::Message::Kind;

Micros noon() { return 0; }

Record list_of(const std::string& listener, int version) {
  Record record;
  record.key = listener;
  record.value = R"({"rec_id":"r","version":)" + std::to_string(version) + R"(,"user_id":")" +
                 listener + R"(","items":[]})";
  return record;
}

Record tombstone(const std::string& listener, int version) {
  Record record;
  record.key = listener;
  record.headers = {{"segue_version", std::to_string(version)}};
  return record;
}

// The version of the list that waits, -1: none does.
std::int64_t waiting(Outbox& outbox) {
  const auto message = outbox.take();
  return message && message->kind == Kind::list ? message->list->version : -1;
}

TEST(Delivery, a_player_gets_what_is_newer_and_nothing_else) {
  Delivery delivery(10, noon);
  Outbox ada([] {}, -1);
  const auto subscription = delivery.subscribe("ada", ada);

  delivery.take(list_of("ada", 5));
  EXPECT_EQ(waiting(ada), 5);
  delivery.take(list_of("ada", 5));
  delivery.take(list_of("ada", 4));
  delivery.take(list_of("bob", 9));
  EXPECT_EQ(waiting(ada), -1);
}

TEST(Delivery, what_stands_in_is_older_than_any_list_of_ones_own) {
  Delivery delivery(10, noon);
  Outbox ada([] {}, -1);
  const auto subscription = delivery.subscribe("ada", ada);

  delivery.stand_in("ada", {.version = 9, .published = {}, .snapshot = {}});
  EXPECT_EQ(waiting(ada), 0);
  EXPECT_EQ(delivery.latest("ada")->stands_in, 9);
  delivery.take(list_of("ada", 4));

  EXPECT_EQ(waiting(ada), 4) << "it was on its way before the other was made";
  delivery.stand_in("ada", {.version = 12, .published = {}, .snapshot = {}});
  EXPECT_EQ(delivery.latest("ada")->version, 4);
}

TEST(Delivery, what_stands_in_after_an_erasure_brings_nothing_back) {
  Delivery delivery(10, noon);
  delivery.expect("ada");
  delivery.take(list_of("ada", 4));
  delivery.take(tombstone("ada", 6));

  delivery.stand_in("ada", {.version = 9, .published = {}, .snapshot = {}});
  delivery.take(list_of("ada", 5));
  EXPECT_EQ(delivery.latest("ada")->version, 6) << "what was erased stays away";
  delivery.take(list_of("ada", 7));

  EXPECT_EQ(delivery.latest("ada")->version, 7);
}

TEST(Delivery, a_list_shown_once_is_not_kept) {
  Delivery delivery(10, noon);
  Outbox ada([] {}, -1);
  auto subscription = delivery.subscribe("ada", ada);
  delivery.take(list_of("ada", 4));
  delivery.show_once("ada", {.version = 9, .published = {}, .snapshot = {}});
  EXPECT_EQ(waiting(ada), 4) << "one of their own is known";

  delivery.take(tombstone("ada", 6));
  delivery.show_once("ada", {.version = 9, .published = {}, .snapshot = {}});
  EXPECT_EQ(ada.take()->kind, Kind::erased);
  EXPECT_EQ(waiting(ada), 6);
  EXPECT_EQ(delivery.latest("ada"), nullptr);
  delivery.take(list_of("ada", 7));

  EXPECT_EQ(waiting(ada), 7);
}

TEST(Delivery, knows_who_has_a_list_somewhere) {
  Delivery delivery(10, noon);

  EXPECT_FALSE(delivery.was_listed("ada"));
  delivery.take(list_of("ada", 5));
  EXPECT_TRUE(delivery.was_listed("ada"));
  delivery.take(tombstone("ada", 6));
  delivery.take(list_of("ada", 5));
  EXPECT_FALSE(delivery.was_listed("ada"));
  delivery.latest("bob");
  delivery.offer("bob", {.version = 3, .published = {}, .snapshot = {}});
  EXPECT_FALSE(delivery.was_listed("bob")) << "a list for newcomers is no listener's own";
  delivery.take(list_of("bob", 4));
  EXPECT_TRUE(delivery.was_listed("bob"));
}

TEST(Delivery, a_newer_list_replaces_the_one_that_waits) {
  Delivery delivery(10, noon);
  Outbox ada([] {}, -1);
  const auto subscription = delivery.subscribe("ada", ada);

  delivery.take(list_of("ada", 5));
  EXPECT_EQ(delivery.take(list_of("ada", 6)).replaced, 1U);
  EXPECT_EQ(waiting(ada), 6);
  EXPECT_EQ(waiting(ada), -1);
}

TEST(Delivery, who_comes_back_gets_the_current_list_only_if_it_is_newer) {
  Delivery delivery(10, noon);
  delivery.latest("ada");
  delivery.take(list_of("ada", 5));
  Outbox has_it([] {}, 5);
  Outbox has_not([] {}, 4);
  const auto first = delivery.subscribe("ada", has_it);
  const auto second = delivery.subscribe("ada", has_not);

  EXPECT_EQ(waiting(has_it), -1);
  EXPECT_EQ(waiting(has_not), 5);
}

TEST(Delivery, a_list_that_was_expected_is_kept) {
  Delivery delivery(10, noon);
  delivery.expect("ada");

  delivery.take(list_of("ada", 5));
  delivery.take(list_of("bob", 6));

  ASSERT_TRUE(delivery.latest("ada"));
  EXPECT_EQ(delivery.latest("ada")->version, 5);
  EXPECT_FALSE(delivery.latest("bob"));
}

TEST(Delivery, both_tabs_get_it) {
  Delivery delivery(10, noon);
  Outbox one([] {}, -1);
  Outbox two([] {}, -1);
  const auto first = delivery.subscribe("ada", one);
  {
    const auto second = delivery.subscribe("ada", two);
    EXPECT_EQ(delivery.take(list_of("ada", 1)).waiting, 2U);
  }
  EXPECT_EQ(delivery.take(list_of("ada", 2)).waiting, 1U);
}

TEST(Delivery, a_stored_list_fills_in_until_a_newer_one_comes) {
  Delivery delivery(10, noon);
  delivery.latest("ada");
  delivery.take(list_of("ada", 7));
  delivery.offer("ada", {.version = 6, .published = {}, .snapshot = {}});

  EXPECT_EQ(delivery.latest("ada")->version, 7);
}

TEST(Delivery, an_erased_listeners_list_is_gone_and_stays_gone) {
  Delivery delivery(10, noon);
  Outbox ada([] {}, -1);
  const auto subscription = delivery.subscribe("ada", ada);
  delivery.take(list_of("ada", 5));

  delivery.take(tombstone("ada", 6));
  delivery.take(list_of("ada", 5));

  const auto message = ada.take();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->kind, Kind::erased);
  EXPECT_FALSE(ada.take());
  EXPECT_EQ(delivery.latest("ada"), nullptr);
  delivery.take(list_of("ada", 7));
  EXPECT_EQ(waiting(ada), 7);
}

List stored(int version) { return {.version = version, .published = {}, .snapshot = {}}; }

// The topic brings a list before Redis has it.
TEST(Delivery, a_list_that_passed_by_beats_an_older_one_in_redis) {
  Delivery delivery(10, noon);
  delivery.take(list_of("ada", 5));

  delivery.latest("ada");
  delivery.offer("ada", stored(4));
  EXPECT_EQ(delivery.latest("ada"), nullptr);
  delivery.offer("ada", stored(5));
  ASSERT_TRUE(delivery.latest("ada"));
  EXPECT_EQ(delivery.latest("ada")->version, 5);
}

TEST(Delivery, an_erasure_that_passed_by_refuses_what_redis_still_has) {
  Delivery delivery(10, noon);
  delivery.take(tombstone("ada", 5));

  delivery.latest("ada");
  delivery.offer("ada", stored(4));

  EXPECT_EQ(delivery.latest("ada"), nullptr);
}

TEST(Delivery, an_erasure_refuses_a_read_that_was_on_its_way) {
  Delivery delivery(10, noon);
  delivery.latest("ada");
  delivery.take(tombstone("ada", 5));

  delivery.offer("ada", stored(4));
  EXPECT_EQ(delivery.latest("ada"), nullptr);
  delivery.take(list_of("ada", 6));
  EXPECT_NE(delivery.latest("ada"), nullptr);
}

// A batch is published again when a recommender dies before it is stored.
TEST(Delivery, an_erasure_that_is_repeated_spares_the_list_after_it) {
  Delivery delivery(10, noon);
  Outbox ada([] {}, -1);
  const auto subscription = delivery.subscribe("ada", ada);
  delivery.take(tombstone("ada", 5));
  delivery.take(list_of("ada", 6));
  ada.take();
  EXPECT_EQ(waiting(ada), 6);

  delivery.take(tombstone("ada", 5));
  delivery.take(list_of("ada", 6));

  EXPECT_FALSE(ada.take());
  EXPECT_NE(delivery.latest("ada"), nullptr);
}

TEST(Delivery, an_older_recommenders_erasure_says_no_version_and_applies) {
  Delivery delivery(10, noon);
  delivery.latest("ada");
  delivery.take(list_of("ada", 5));
  Record erasure = tombstone("ada", 6);
  erasure.headers.clear();

  delivery.take(erasure);

  EXPECT_EQ(delivery.latest("ada"), nullptr);
}

TEST(Delivery, a_list_it_lets_go_is_still_the_least_that_is_wanted) {
  Delivery delivery(1, noon);
  delivery.latest("ada");
  delivery.take(list_of("ada", 5));
  delivery.latest("bob");

  delivery.latest("ada");
  delivery.offer("ada", stored(4));

  EXPECT_EQ(delivery.latest("ada"), nullptr);
}

TEST(Delivery, remembers_a_bounded_number_of_who_passes_by) {
  Delivery delivery(10, noon);
  delivery.take(list_of("ada", 5));
  delivery.take(list_of("bob", 5));
  for (std::size_t n = 2; n < Delivery::kPassingMax; ++n) {
    delivery.take(tombstone(std::to_string(n), 1));
  }
  delivery.take(list_of("ada", 6));
  delivery.take(list_of("eve", 1));

  for (const std::string name : {"ada", "bob"}) {
    delivery.latest(name);
    delivery.offer(name, stored(4));
  }

  EXPECT_EQ(delivery.latest("ada"), nullptr);
  EXPECT_NE(delivery.latest("bob"), nullptr) << "bob was seen longest ago";
}

TEST(Delivery, who_is_connected_is_awaited) {
  Delivery delivery(10, noon);
  Outbox ada([] {}, -1);
  {
    const auto subscription = delivery.subscribe("ada", ada);
    EXPECT_TRUE(delivery.awaited("ada"));
  }
  EXPECT_FALSE(delivery.awaited("ada"));
  EXPECT_FALSE(delivery.awaited("bob"));
}

TEST(Delivery, keeps_the_lists_of_who_was_asked_about_last) {
  Delivery delivery(2, noon);
  Outbox ada([] {}, -1);
  const auto subscription = delivery.subscribe("ada", ada);
  for (const std::string name : {"bob", "eve", "mia"}) delivery.latest(name);
  for (const std::string name : {"ada", "bob", "eve", "mia"}) delivery.take(list_of(name, 1));

  EXPECT_NE(delivery.latest("ada"), nullptr);
  EXPECT_NE(delivery.latest("eve"), nullptr);
  EXPECT_NE(delivery.latest("mia"), nullptr);
  EXPECT_EQ(delivery.latest("bob"), nullptr);
}

TEST(Outbox, says_complaints_then_the_acknowledgement_then_the_list) {
  int woken = 0;
  Outbox outbox([&] { ++woken; }, -1);
  outbox.put(std::make_shared<const List>(List{.version = 1, .published = {}, .snapshot = {}}));
  outbox.acknowledge(3);
  outbox.acknowledge(7);
  outbox.complain("{}");

  EXPECT_EQ(woken, 4);
  EXPECT_EQ(outbox.take()->kind, Kind::complaint);
  const auto acknowledgement = outbox.take();
  EXPECT_EQ(acknowledgement->kind, Kind::acknowledgement);
  EXPECT_EQ(acknowledgement->acknowledged, 7U);
  EXPECT_EQ(outbox.take()->kind, Kind::list);
  EXPECT_FALSE(outbox.take());
}

TEST(Outbox, takes_a_bounded_number_of_complaints) {
  Outbox outbox([] {}, -1);
  for (std::size_t i = 0; i < Outbox::kComplaintsMax; ++i) EXPECT_TRUE(outbox.complain("{}"));

  EXPECT_FALSE(outbox.complain("{}"));
}

TEST(InOrder, settles_up_to_the_first_that_is_open) {
  InOrder order;
  const auto first = order.begin();
  const auto second = order.begin();
  const auto third = order.begin();

  order.settle(second);
  EXPECT_EQ(order.settled(), 0U);
  order.settle(first);
  EXPECT_EQ(order.settled(), second);
  EXPECT_EQ(order.open(), 1U);
  order.settle(third);
  EXPECT_EQ(order.settled(), third);
}

TEST(SoundAddress, is_https_or_on_a_developers_machine_its_own) {
  using enum Sound;
  for (const char* url :
       {"javascript:alert(1)", "data:audio/wav;base64,AA", "file:///etc/passwd", "blob:x", "//evil",
        "/relative.ogg", "http://sound.example/a", "https:", "https:///x", "https://a@b/c",
        "https:\\\\evil", " https://sound.example/", "java\nscript:x", "ftp://sound.example/"}) {
    EXPECT_FALSE(may_sound_from(url, https)) << url;
    EXPECT_FALSE(may_sound_from(url, loopback_too)) << url;
  }
  EXPECT_TRUE(may_sound_from("https://sound.example/a.ogg?x=1", https));
  EXPECT_TRUE(may_sound_from("HTTPS://sound.example", https));
  EXPECT_FALSE(may_sound_from("http://127.0.0.1:8000/a.ogg", https));
  EXPECT_TRUE(may_sound_from("http://127.0.0.1:8000/a.ogg", loopback_too));
  EXPECT_TRUE(may_sound_from("http://[::1]/a.ogg", loopback_too));
  for (const char* url : {"http://127.0.0.1.evil.example/", "http://localhost@evil.example/",
                          "http://localhost:80@evil.example/", "http://[::1].evil.example/"}) {
    EXPECT_FALSE(may_sound_from(url, loopback_too)) << url;
  }
}

}  // namespace
}  // namespace segue::player
