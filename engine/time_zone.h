// IANA time zones: when it is what o'clock somewhere, over every change of the clocks. Reads the
// system's TZif files (RFC 8536; /usr/share/zoneinfo, or the directory that TZDIR names), the rule
// for times behind the last listed change included (zone_rule.h).
//
//   const TimeZonePtr zone = find_time_zone("America/Chicago");  // null: there is none
//   zone->local(now)              the wall clock's reading
//   zone->instant(local)          the other way round
//
// A day in a zone has 23 hours or 25 twice a year: what is counted by days must go over local(),
// never over multiples of 24 hours.
//
// Thread: any. Zones are read once and kept for the life of the process; a change of the files is
// seen by the next start.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/zone_rule.h"
#include "protocol/ids.h"

namespace kith {

using LocalTime = std::chrono::local_time<std::chrono::milliseconds>;

class TimeZone {
 public:
  // From the bytes of a TZif file of version 2 or later. Nothing: they are none.
  static std::optional<TimeZone> parse(std::string name, std::string_view tzif);

  const std::string& name() const { return name_; }
  // What is to be added to UTC.
  std::chrono::seconds offset(std::chrono::sys_seconds at) const;
  LocalTime local(WallTime at) const;
  std::chrono::local_days day(WallTime at) const {
    return std::chrono::floor<std::chrono::days>(local(at));
  }
  // When the clock shows this. Twice (it was set back): the first time. Never (it was set forward
  // over it): the moment at which it was.
  WallTime instant(LocalTime local) const;
  // When the local day begins; not always at 00:00 on the clock.
  WallTime start_of(std::chrono::local_days day) const {
    return instant(std::chrono::local_time<std::chrono::milliseconds>(day));
  }

 private:
  TimeZone() = default;

  std::string name_;
  struct Change {
    std::int64_t at = 0;  // Unix seconds
    std::int32_t offset = 0;
  };
  std::vector<Change> changes_;  // in order
  std::int32_t first_offset_ = 0;
  std::optional<ZoneRule> rule_;  // behind the last change
};

using TimeZonePtr = std::shared_ptr<const TimeZone>;

// Null: no zone of that name. Names are those of the files below the directory; nothing else of the
// file system can be named ("../x", "/x", "posix/x" are no zones).
TimeZonePtr find_time_zone(std::string_view name);

}  // namespace kith
