#include "protocol/time_format.h"

#include <algorithm>

namespace kith {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr WallTime kFirst = sys_days{std::chrono::year{1} / 1 / 1};
constexpr WallTime kLast = WallTime{sys_days{std::chrono::year{10000} / 1 / 1}} - milliseconds{1};

void put_digits(char* to, unsigned value, int count) {
  while (count-- > 0) {
    to[count] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Takes the parts of a time off the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<int> number(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!is_digit(rest_[i])) return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  // Any number of digits, at least one, as thousandths; further ones are cut.
  std::optional<int> thousandths() {
    if (rest_.empty() || !is_digit(rest_[0])) return std::nullopt;
    int value = 0;
    int scale = 100;
    while (!rest_.empty() && is_digit(rest_[0])) {
      value += (rest_[0] - '0') * scale;
      scale /= 10;
      rest_.remove_prefix(1);
    }
    return value;
  }
  // The next character where it is one of `choice`; else 0, and nothing is taken.
  char one_of(std::string_view choice) {
    if (rest_.empty() || choice.find(rest_[0]) == std::string_view::npos) return 0;
    const char taken = rest_[0];
    rest_.remove_prefix(1);
    return taken;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  std::string_view rest_;
};

std::optional<sys_days> read_date(Reader& reader) {
  const auto year = reader.number(4);
  if (!year || *year == 0 || !reader.one_of("-")) return std::nullopt;
  const auto month = reader.number(2);
  if (!month || !reader.one_of("-")) return std::nullopt;
  const auto day = reader.number(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

struct TimeOfDay {
  milliseconds since_midnight{};
  bool leap_second = false;
};

std::optional<TimeOfDay> read_time_of_day(Reader& reader) {
  const auto hour = reader.number(2);
  if (!hour || *hour > 23 || !reader.one_of(":")) return std::nullopt;
  const auto minute = reader.number(2);
  if (!minute || *minute > 59 || !reader.one_of(":")) return std::nullopt;
  const auto second = reader.number(2);
  if (!second || *second > 60) return std::nullopt;
  int fraction = 0;
  if (reader.one_of(".")) {
    const auto thousandths = reader.thousandths();
    if (!thousandths) return std::nullopt;
    fraction = *thousandths;
  }
  return TimeOfDay{hours{*hour} + minutes{*minute} + seconds{*second} + milliseconds{fraction},
                   *second == 60};
}

std::optional<minutes> read_offset(Reader& reader) {
  const char sign = reader.one_of("Zz+-");
  if (sign == 0) return std::nullopt;
  if (sign == 'Z' || sign == 'z') return minutes{0};
  const auto hour = reader.number(2);
  if (!hour || *hour > 23 || !reader.one_of(":")) return std::nullopt;
  const auto minute = reader.number(2);
  if (!minute || *minute > 59) return std::nullopt;
  const minutes offset = hours{*hour} + minutes{*minute};
  return sign == '-' ? -offset : offset;
}

}  // namespace

void append_time(std::string& out, WallTime time) {
  time = std::clamp(time, kFirst, kLast);  // four digits of year is all that the format has
  const auto midnight = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{midnight};
  const auto of_day = static_cast<unsigned>((time - midnight).count());
  char text[] = "0000-00-00T00:00:00.000Z";
  put_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put_digits(text + 5, static_cast<unsigned>(date.month()), 2);
  put_digits(text + 8, static_cast<unsigned>(date.day()), 2);
  put_digits(text + 11, of_day / 3'600'000, 2);
  put_digits(text + 14, of_day / 60'000 % 60, 2);
  put_digits(text + 17, of_day / 1000 % 60, 2);
  put_digits(text + 20, of_day % 1000, 3);
  out.append(text, sizeof text - 1);
}

std::string format_time(WallTime time) {
  std::string out;
  append_time(out, time);
  return out;
}

std::optional<WallTime> parse_time(std::string_view text) {
  Reader reader(text);
  const auto date = read_date(reader);
  if (!date || !reader.one_of("Tt")) return std::nullopt;
  const auto of_day = read_time_of_day(reader);
  if (!of_day) return std::nullopt;
  const auto offset = read_offset(reader);
  if (!offset || !reader.at_end()) return std::nullopt;
  const WallTime time = WallTime{*date} + of_day->since_midnight - *offset;
  if (of_day->leap_second) {
    // A leap second stands only at the end of a UTC day; it counts as the second behind it.
    const auto since_midnight = time - std::chrono::floor<days>(time);
    if (since_midnight >= seconds{1}) return std::nullopt;
  }
  if (time < kFirst || time > kLast) return std::nullopt;
  return time;
}

}  // namespace kith
