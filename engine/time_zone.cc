#include "engine/time_zone.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>

namespace kith {
namespace {

using namespace std::chrono;

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kFileBytesMax = 1024 * 1024;
constexpr std::size_t kHeaderBytes = 44;
constexpr std::int32_t kOffsetMax = 26 * 3600;  // RFC 8536 section 3.2 suggests -25 to +26 hours

class Bytes {
 public:
  explicit Bytes(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      return {};
    }
    const auto out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }
  std::int64_t integer(std::size_t bytes) {  // big-endian, two's complement
    std::uint64_t value = 0;
    for (const char c : take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
    const auto shift = static_cast<unsigned>(64 - 8 * bytes);
    return static_cast<std::int64_t>(value << shift) >> shift;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Header {
  char version = 0;
  std::size_t utc_marks = 0, standard_marks = 0, leaps = 0, changes = 0, types = 0, names = 0;
  std::size_t body_bytes(std::size_t time_bytes) const {
    return changes * (time_bytes + 1) + types * 6 + names + leaps * (time_bytes + 4) +
           standard_marks + utc_marks;
  }
};

std::optional<Header> take_header(Bytes& in) {
  if (in.take(4) != "TZif") return std::nullopt;
  Header out;
  const auto version = in.take(1);
  in.take(15);
  for (std::size_t* count :
       {&out.utc_marks, &out.standard_marks, &out.leaps, &out.changes, &out.types, &out.names}) {
    const std::int64_t value = in.integer(4);
    if (value < 0 || static_cast<std::size_t>(value) > kFileBytesMax) return std::nullopt;
    *count = static_cast<std::size_t>(value);
  }
  if (!in.ok()) return std::nullopt;
  out.version = version.front();
  return out;
}

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || name.front() == '/') return false;
  if (name.starts_with("posix/") || name.starts_with("right/")) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  });
}

TimeZonePtr read_time_zone(const std::string& name) {
  const char* given = std::getenv("TZDIR");
  const std::string directory = given != nullptr && *given != 0 ? given : "/usr/share/zoneinfo";
  std::ifstream file(directory + '/' + name, std::ios::binary);
  std::string text(kFileBytesMax, '\0');
  if (!file) return nullptr;
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  auto zone = TimeZone::parse(name, text);
  return zone ? std::make_shared<const TimeZone>(*std::move(zone)) : nullptr;
}

}  // namespace

std::optional<TimeZone> TimeZone::parse(std::string name, std::string_view tzif) {
  Bytes in(tzif);
  const auto first = take_header(in);
  if (!first || first->version < '2') return std::nullopt;
  in.take(first->body_bytes(4));  // the same for readers of 32 bits
  const auto header = take_header(in);
  if (!header || header->types == 0) return std::nullopt;
  TimeZone zone;
  zone.name_ = std::move(name);
  for (std::size_t i = 0; i < header->changes; ++i) zone.changes_.push_back({.at = in.integer(8)});
  const auto types = in.take(header->changes);
  std::vector<std::int32_t> offsets;
  for (std::size_t i = 0; i < header->types && in.ok(); ++i) {
    offsets.push_back(static_cast<std::int32_t>(in.integer(4)));
    in.take(2);
    if (offsets.back() < -kOffsetMax || offsets.back() > kOffsetMax) return std::nullopt;
  }
  in.take(header->names + header->leaps * 12 + header->standard_marks + header->utc_marks);
  if (!in.ok()) return std::nullopt;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const auto type = static_cast<unsigned char>(types[i]);
    if (type >= offsets.size()) return std::nullopt;
    if (i > 0 && zone.changes_[i].at <= zone.changes_[i - 1].at) return std::nullopt;
    zone.changes_[i].offset = offsets[type];
  }
  zone.first_offset_ = offsets.front();
  const auto footer = in.rest();
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') return std::nullopt;
  const auto rule = footer.substr(1, footer.size() - 2);
  if (!rule.empty()) {
    zone.rule_ = ZoneRule::parse(rule);
    if (!zone.rule_) return std::nullopt;
  }
  return zone;
}

seconds TimeZone::offset(sys_seconds when) const {
  const std::int64_t at = when.time_since_epoch().count();
  const auto later = std::ranges::upper_bound(changes_, at, {}, &Change::at);
  if (later == changes_.end() && rule_) return seconds(rule_->offset(at));
  if (later == changes_.begin()) return seconds(first_offset_);
  return seconds(std::prev(later)->offset);
}

LocalTime TimeZone::local(WallTime at) const {
  return LocalTime(at.time_since_epoch() + offset(floor<seconds>(at)));
}

// Of the offsets that hold within a day and some of it, the ones under which the clock shows it.
WallTime TimeZone::instant(LocalTime local) const {
  const WallTime as_utc(local.time_since_epoch());
  const seconds before = offset(floor<seconds>(as_utc - 26h));
  const seconds after = offset(floor<seconds>(as_utc + 26h));
  const WallTime early = as_utc - std::max(before, after);
  const WallTime late = as_utc - std::min(before, after);
  if (this->local(early) == local) return early;
  if (this->local(late) == local) return late;
  // Skipped, or more than one change lies that close: the change is where the clock passes it.
  WallTime low = as_utc - 27h;
  WallTime high = as_utc + 27h;
  while (high - low > 1ms) {
    const WallTime middle = low + (high - low) / 2;
    (this->local(middle) < local ? low : high) = middle;
  }
  return high;
}

TimeZonePtr find_time_zone(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, TimeZonePtr, std::less<>> known;
  if (!is_zone_name(name)) return nullptr;
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(name); found != known.end()) return found->second;
  const std::string key(name);
  TimeZonePtr zone = read_time_zone(key);
  // Only what exists is kept: the names of zones are few, those of no zone are without end.
  if (zone) known.emplace(key, zone);
  return zone;
}

}  // namespace kith
