#include "storage/time_zones.h"

#include "protocol/assert.h"

namespace kith {
namespace {

// A TZif file (RFC 8536) of one type of time, UTC, twice, and no change.
std::string utc_file() {
  const auto counts = [](std::string& out) {
    for (const char* count : {"\0", "\0", "\0", "\0", "\1", "\4"}) {
      out += std::string(3, '\0') + *count;
    }
  };
  std::string block = "TZif2" + std::string(15, '\0');
  counts(block);
  block += std::string(6, '\0') + "UTC" + '\0';
  return block + block + "\nUTC0\n";
}

}  // namespace

TimeZonePtr utc() {
  static const TimeZonePtr zone = [] {
    auto parsed = TimeZone::parse(std::string(kUtc), utc_file());
    KITH_ASSERT(parsed.has_value());
    return std::make_shared<const TimeZone>(*std::move(parsed));
  }();
  return zone;
}

TimeZonePtr find_users_zone(std::string_view name) {
  return name == kUtc ? utc() : find_time_zone(name);
}

}  // namespace kith
