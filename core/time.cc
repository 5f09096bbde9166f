#include "core/time.h"

#include <chrono>
#include <cstdint>

namespace segue {
namespace {

namespace chrono = std::chrono;
using SysMicros = std::chrono::sys_time<std::chrono::microseconds>;

constexpr int kYearMin = 1970;
constexpr int kYearMax = 2199;

constexpr Micros time_of(chrono::year_month_day date) {
  return chrono::sys_days(date).time_since_epoch() / chrono::microseconds(1);
}

constexpr Micros kTimeMax = time_of(chrono::year(kYearMax + 1) / chrono::January / 1) - 1;

// Takes a text apart from its front. After the first mismatch everything else fails too.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }

  bool take(char c) {
    if (!next_is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok_ = take(c) && ok_; }

  std::int64_t number(std::size_t digits, std::int64_t min, std::int64_t max) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    ok_ = ok_ && value >= min && value <= max;
    return value;
  }

  // Reads as much of a fraction as microseconds can hold; the rest is cut off.
  Micros fraction() {
    Micros value = 0;
    Micros unit = kSecond / 10;
    do {
      value += digit() * unit;
      unit /= 10;
    } while (ok_ && !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9');
    return value;
  }

 private:
  std::int64_t digit() {
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') {
      ok_ = false;
      return 0;
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c - '0';
  }

  std::string_view rest_;
  bool ok_ = true;
};

// "Z" or "+hh:mm": how far the local clock is ahead of UTC.
Micros read_offset(Reader& in) {
  if (in.take('Z') || in.take('z')) return 0;
  const bool behind = in.next_is('-');
  if (!in.take('-')) in.expect('+');
  const std::int64_t hours = in.number(2, 0, 23);
  in.expect(':');
  const std::int64_t minutes = in.number(2, 0, 59);
  const Micros offset = hours * kHour + minutes * kMinute;
  return behind ? -offset : offset;
}

void put(char* at, std::size_t digits, std::int64_t value) {
  for (std::size_t i = digits; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

Result<Micros> parse_time(std::string_view text) {
  Reader in(text);
  const auto year = static_cast<int>(in.number(4, kYearMin, kYearMax));
  in.expect('-');
  const auto month = static_cast<unsigned>(in.number(2, 1, 12));
  in.expect('-');
  const auto day = static_cast<unsigned>(in.number(2, 1, 31));
  const chrono::year_month_day date{chrono::year(year), chrono::month(month), chrono::day(day)};
  if (!in.take('t')) in.expect('T');
  const std::int64_t hour = in.number(2, 0, 23);
  in.expect(':');
  const std::int64_t minute = in.number(2, 0, 59);
  in.expect(':');
  // A leap second counts as the first second of the next minute, as POSIX clocks show it.
  const std::int64_t second = in.number(2, 0, 60);
  const Micros fraction = in.take('.') ? in.fraction() : 0;
  const Micros offset = read_offset(in);
  if (in.ok() && in.at_end() && date.ok()) {
    const Micros time =
        time_of(date) + hour * kHour + minute * kMinute + second * kSecond + fraction - offset;
    if (time >= 0 && time <= kTimeMax) return time;
  }
  return error(Reason::bad_time,
               "expected a time like 2026-11-21T02:26:52.125Z of the years 1970 to 2199");
}

int year_of(Micros time) {
  const auto days = chrono::floor<chrono::days>(SysMicros(chrono::microseconds(time)));
  return int{chrono::year_month_day(days).year()};
}

std::string format_time(Micros time) {
  const auto days = chrono::floor<chrono::days>(SysMicros(chrono::microseconds(time)));
  const chrono::year_month_day date(days);
  const Micros rest = time - time_of(date);
  std::string text = "0000-00-00T00:00:00.000Z";
  put(text.data(), 4, int{date.year()});
  put(text.data() + 5, 2, unsigned{date.month()});
  put(text.data() + 8, 2, unsigned{date.day()});
  put(text.data() + 11, 2, rest / kHour);
  put(text.data() + 14, 2, rest / kMinute % 60);
  put(text.data() + 17, 2, rest / kSecond % 60);
  put(text.data() + 20, 3, rest / kMillisecond % 1'000);
  return text;
}

}  // namespace segue
