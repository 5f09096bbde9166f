#include "core/event/replay_window.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace segue {
namespace {

using Verdict = ReplayWindows::Verdict;

constexpr SessionId kSession{7};

TEST(ReplayWindow, a_retry_is_a_duplicate) {
  ReplayWindows windows;

  EXPECT_EQ(windows.admit(kSession, 1, 100), Verdict::fresh);
  EXPECT_EQ(windows.admit(kSession, 2, 200), Verdict::fresh);
  EXPECT_EQ(windows.admit(kSession, 1, 100), Verdict::duplicate);
  EXPECT_EQ(windows.admit(kSession, 2, 200), Verdict::duplicate);
}

TEST(ReplayWindow, what_comes_late_is_fresh_once) {
  ReplayWindows windows;
  windows.admit(kSession, 128, 1);

  EXPECT_EQ(windows.admit(kSession, 1, 1), Verdict::fresh);
  EXPECT_EQ(windows.admit(kSession, 1, 1), Verdict::duplicate);
  EXPECT_EQ(windows.admit(kSession, 65, 1), Verdict::fresh);
  EXPECT_EQ(windows.admit(kSession, 64, 1), Verdict::fresh);
  EXPECT_EQ(windows.admit(kSession, 64, 1), Verdict::duplicate);
}

TEST(ReplayWindow, behind_the_window_nothing_is_guessed) {
  ReplayWindows windows;
  windows.admit(kSession, 129, 1);

  EXPECT_EQ(windows.admit(kSession, 1, 1), Verdict::too_old);
  EXPECT_EQ(windows.admit(kSession, 2, 1), Verdict::fresh);
}

TEST(ReplayWindow, moving_on_keeps_what_was_seen) {
  for (const std::uint64_t by : {1U, 63U, 64U, 65U, 100U, 127U}) {
    ReplayWindows windows;
    windows.admit(kSession, 1, 1);
    windows.admit(kSession, 1 + by, 1);

    EXPECT_EQ(windows.admit(kSession, 1, 1), Verdict::duplicate) << by;
    EXPECT_EQ(windows.admit(kSession, 1 + by, 1), Verdict::duplicate) << by;
  }
}

TEST(ReplayWindow, without_a_number_no_retry_is_recognised) {
  ReplayWindows windows;

  EXPECT_EQ(windows.admit(kSession, 0, 1), Verdict::fresh);
  EXPECT_EQ(windows.admit(kSession, 0, 1), Verdict::fresh);
  EXPECT_TRUE(windows.windows().empty());
}

TEST(ReplayWindow, sessions_number_on_their_own) {
  ReplayWindows windows;

  EXPECT_EQ(windows.admit(SessionId{1}, 1, 1), Verdict::fresh);
  EXPECT_EQ(windows.admit(SessionId{2}, 1, 1), Verdict::fresh);
  EXPECT_EQ(windows.admit(SessionId{0}, 1, 1), Verdict::fresh);
}

TEST(ReplayWindow, a_retry_from_a_forgotten_session_is_too_old) {
  ReplayWindows windows;
  for (std::uint64_t s = 1; s <= ReplayWindows::kWindowsMax + 1; ++s) {
    windows.admit(SessionId{s}, 1, static_cast<Micros>(100 * s));
  }

  EXPECT_EQ(windows.windows().size(), ReplayWindows::kWindowsMax);
  EXPECT_EQ(windows.forgotten_until(), 100);
  EXPECT_EQ(windows.admit(SessionId{1}, 1, 100), Verdict::too_old);
  EXPECT_EQ(windows.admit(SessionId{2}, 1, 200), Verdict::duplicate);
}

// A session comes back after it was forgotten: what it sent before that is still too old.
TEST(ReplayWindow, a_session_that_comes_back_does_not_accept_its_past_again) {
  ReplayWindows windows;
  for (std::uint64_t s = 1; s <= ReplayWindows::kWindowsMax + 1; ++s) {
    windows.admit(SessionId{s}, 10, static_cast<Micros>(100 * s));
  }
  ASSERT_EQ(windows.admit(SessionId{1}, 12, 5'000), Verdict::fresh);

  EXPECT_EQ(windows.admit(SessionId{1}, 10, 100), Verdict::too_old);
  EXPECT_EQ(windows.admit(SessionId{1}, 11, 4'000), Verdict::fresh) << "it was only late";
  EXPECT_EQ(windows.admit(SessionId{1}, 12, 5'000), Verdict::duplicate);
}

TEST(ReplayWindow, the_session_unused_for_longest_is_forgotten) {
  ReplayWindows windows;
  for (std::uint64_t s = 1; s <= ReplayWindows::kWindowsMax; ++s) {
    windows.admit(SessionId{s}, 1, static_cast<Micros>(100 * s));
  }
  windows.admit(SessionId{1}, 2, 5'000);

  windows.admit(SessionId{99}, 1, 5'001);

  EXPECT_EQ(windows.admit(SessionId{1}, 1, 100), Verdict::duplicate);
  EXPECT_EQ(windows.admit(SessionId{2}, 1, 200), Verdict::too_old);
}

TEST(ReplayWindow, numbers_may_be_as_large_as_they_get) {
  ReplayWindows windows;
  constexpr std::uint64_t kLargest = ~std::uint64_t{0};

  EXPECT_EQ(windows.admit(kSession, kLargest, 1), Verdict::fresh);
  EXPECT_EQ(windows.admit(kSession, kLargest, 1), Verdict::duplicate);
  EXPECT_EQ(windows.admit(kSession, kLargest - 127, 1), Verdict::fresh);
  EXPECT_EQ(windows.admit(kSession, 1, 1), Verdict::too_old);
}

// The promise against a memory that forgets nothing: what was fresh is never fresh again; what
// never came is no duplicate; and what is too old really lies behind one of the two limits.
TEST(ReplayWindow, agrees_with_a_set_that_forgets_nothing) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    ReplayWindows windows;
    std::set<std::pair<std::uint64_t, std::uint64_t>> accepted;
    std::map<std::uint64_t, std::uint64_t> top;
    for (int i = 0; i < 4'000; ++i) {
      const std::uint64_t session = 1 + random() % 12;
      std::uint64_t& highest = top[session];
      const std::uint64_t back = random() % 4 == 0 ? random() % 200 : random() % 4;
      const std::uint64_t ahead = random() % 20 == 0 ? random() % 300 : random() % 3;
      const std::uint64_t seq = highest + ahead > back ? highest + ahead - back : 1;
      // The same whenever the event is sent; its clock is set now and then, also back.
      const auto device_time = static_cast<Micros>(seq * 10 + session * seq % 7 * 30);
      const Micros forgotten_until = windows.forgotten_until();

      const Verdict verdict = windows.admit(SessionId{session}, seq, device_time);

      const bool before = accepted.contains({session, seq});
      if (verdict == Verdict::fresh) {
        ASSERT_FALSE(before) << session << "/" << seq;
        accepted.insert({session, seq});
        highest = std::max(highest, seq);
      } else if (verdict == Verdict::duplicate) {
        ASSERT_TRUE(before) << session << "/" << seq;
      } else {
        ASSERT_TRUE(seq + ReplayWindows::kBits <= highest || device_time <= forgotten_until)
            << session << "/" << seq;
      }
      ASSERT_LE(windows.windows().size(), ReplayWindows::kWindowsMax);
    }
  }
}

TEST(ReplayWindow, restored_it_decides_as_before) {
  ReplayWindows windows;
  for (std::uint64_t s = 1; s <= 10; ++s) windows.admit(SessionId{s}, s, static_cast<Micros>(s));
  ReplayWindows restored;

  restored.restore(windows.windows(), windows.forgotten_until());

  EXPECT_EQ(restored, windows);
  EXPECT_EQ(restored.admit(SessionId{10}, 10, 10), Verdict::duplicate);
  EXPECT_EQ(restored.admit(SessionId{1}, 1, 1), Verdict::too_old);
}

}  // namespace
}  // namespace segue
