#include "core/time.h"

#include <array>
#include <cstdint>

namespace segue {
namespace {

constexpr std::int64_t kYearMin = 1970;
constexpr std::int64_t kYearMax = 2199;

// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, and back (Howard Hinnant,
// "chrono-compatible low-level date algorithms", 2013). Years begin in March there, so that the
// leap day comes last.
constexpr std::int64_t days_from_date(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

struct Date {
  std::int64_t year = 0;
  std::int64_t month = 0;
  std::int64_t day = 0;
};

constexpr Date date_from_days(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {.year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
          .month = month,
          .day = day_of_year - (153 * shifted + 2) / 5 + 1};
}

constexpr std::int64_t days_in(std::int64_t year, std::int64_t month) {
  constexpr std::array<std::int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[static_cast<std::size_t>(month - 1)] + (leap && month == 2 ? 1 : 0);
}

constexpr Micros kTimeMax = days_from_date(kYearMax + 1, 1, 1) * kDay - 1;

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

  // Of a fraction of any length what microseconds can hold; the rest is cut off.
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
  const std::int64_t year = in.number(4, kYearMin, kYearMax);
  in.expect('-');
  const std::int64_t month = in.number(2, 1, 12);
  in.expect('-');
  const std::int64_t day = in.number(2, 1, in.ok() ? days_in(year, month) : 31);
  if (!in.take('t')) in.expect('T');
  const std::int64_t hour = in.number(2, 0, 23);
  in.expect(':');
  const std::int64_t minute = in.number(2, 0, 59);
  in.expect(':');
  // A leap second counts as the first second of the next minute, as POSIX clocks show it.
  const std::int64_t second = in.number(2, 0, 60);
  const Micros fraction = in.take('.') ? in.fraction() : 0;
  const Micros offset = read_offset(in);
  if (in.ok() && in.at_end()) {
    const Micros time = days_from_date(year, month, day) * kDay + hour * kHour + minute * kMinute +
                        second * kSecond + fraction - offset;
    if (time >= 0 && time <= kTimeMax) return time;
  }
  return error(Reason::bad_time,
               "expected a time like 2026-11-21T02:26:52.125Z of the years 1970 to 2199");
}

std::string format_time(Micros time) {
  std::int64_t days = time / kDay;
  Micros rest = time % kDay;
  if (rest < 0) {
    --days;
    rest += kDay;
  }
  const Date date = date_from_days(days);
  std::string text = "0000-00-00T00:00:00.000Z";
  put(text.data(), 4, date.year);
  put(text.data() + 5, 2, date.month);
  put(text.data() + 8, 2, date.day);
  put(text.data() + 11, 2, rest / kHour);
  put(text.data() + 14, 2, rest / kMinute % 60);
  put(text.data() + 17, 2, rest / kSecond % 60);
  put(text.data() + 20, 3, rest / kMillisecond % 1'000);
  return text;
}

}  // namespace segue
