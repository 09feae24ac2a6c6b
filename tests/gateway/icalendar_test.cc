#include "gateway/icalendar.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/time_format.h"

namespace kith {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::size_t from = 0;
  for (auto at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", from)) {
    out.push_back(text.substr(from, at - from));
    from = at + 2;
  }
  CHECK(from == text.size());  // every line has its end
  return out;
}

TEST_CASE("text is escaped as RFC 5545 section 3.3.11 has it") {
  CHECK(escape_ical_text("a,b;c\\d") == "a\\,b\\;c\\\\d");
  CHECK(escape_ical_text("one\ntwo\r\nthree\rfour") == "one\\ntwo\\nthree\\nfour");
  CHECK(escape_ical_text("no\x01 \x7F"
                         "controls\tbut tabs") == "no controls\tbut tabs");
  CHECK(escape_ical_text("BEGIN:VEVENT") == "BEGIN:VEVENT");  // a colon is none of them
}

TEST_CASE("lines fold at 75 octets and never inside of a character") {
  for (const std::string& letter : {std::string("x"), std::string("é"), std::string("🎉")}) {
    std::string line = "SUMMARY:";
    for (int i = 0; i < 100; ++i) line += letter;
    std::string folded;
    append_ical_line(folded, line);
    std::string unfolded;
    for (const std::string& part : lines_of(folded)) {
      CHECK(part.size() <= 75);
      const bool goes_on = !unfolded.empty();
      if (goes_on) CHECK(part.front() == ' ');
      const std::string text = part.substr(goes_on ? 1 : 0);
      CHECK((static_cast<unsigned char>(text.front()) & 0xC0U) != 0x80U);
      unfolded += text;
    }
    CHECK(unfolded == line);
  }
  std::string exact;
  append_ical_line(exact, std::string(75, 'x'));
  CHECK(exact == std::string(75, 'x') + "\r\n");
}

EventRecord sample() {
  EventRecord event;
  event.id = EventId{Uuid{1}};
  event.fields.title = "Hike, then swim";
  event.fields.description = "Bring:\n- water";
  event.fields.start_time = *parse_time("2024-05-05T23:00:00Z");
  event.fields.end_time = *parse_time("2024-05-06T02:00:00Z");
  event.fields.place =
      EventPlace{.name = "Barton Creek",
                 .point = GeoPoint{.latitude_e7 = 302'850'000, .longitude_e7 = -5'000'000}};
  event.status = EventStatus::published;
  event.version = 7;
  event.created_at = *parse_time("2024-04-20T16:00:00Z");
  event.updated_at = *parse_time("2024-04-21T16:00:00Z");
  return event;
}

bool has_line(const std::string& text, const std::string& line) {
  const auto lines = lines_of(text);
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

TEST_CASE("an event is written with times in UTC, a lasting UID and its version as SEQUENCE") {
  const EventRecord event = sample();
  const std::string text = write_icalendar({.display_name = "Ada; B", .entries = {{event}}});
  CHECK(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"));
  CHECK(text.ends_with("END:VEVENT\r\nEND:VCALENDAR\r\n"));
  CHECK(has_line(text, "X-WR-CALNAME:Events of Ada\\; B"));
  CHECK(has_line(text, "UID:" + event.id.text() + "@kith"));
  CHECK(has_line(text, "DTSTART:20240505T230000Z"));
  CHECK(has_line(text, "DTEND:20240506T020000Z"));
  CHECK(has_line(text, "DTSTAMP:20240421T160000Z"));
  CHECK(has_line(text, "SEQUENCE:7"));
  CHECK(has_line(text, "SUMMARY:Hike\\, then swim"));
  CHECK(has_line(text, "DESCRIPTION:Bring:\\n- water"));
  CHECK(has_line(text, "LOCATION:Barton Creek"));
  CHECK(has_line(text, "GEO:30.2850000;-0.5000000"));
}

TEST_CASE("who only may come, or waits, has it as tentative; what is cancelled says so") {
  EventRecord event = sample();
  const auto status = [&] {
    const std::string text = write_icalendar({.display_name = "A", .entries = {{event}}});
    const auto at = text.find("\r\nSTATUS:") + 9;
    return text.substr(at, text.find("\r\n", at) - at);
  };
  CHECK(status() == "CONFIRMED");  // one's own
  event.rsvp = RsvpRecord{.id = {}, .status = RsvpStatus::confirmed, .calendar = {}};
  CHECK(status() == "CONFIRMED");
  event.rsvp->status = RsvpStatus::maybe;
  CHECK(status() == "TENTATIVE");
  event.rsvp->status = RsvpStatus::waitlisted;
  CHECK(status() == "TENTATIVE");
  event.status = EventStatus::cancelled;
  CHECK(status() == "CANCELLED");
}

}  // namespace
}  // namespace kith
