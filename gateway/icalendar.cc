#include "gateway/icalendar.h"

#include "protocol/time_format.h"

namespace kith {

namespace {

constexpr std::size_t kLineOctetsMax = 75;  // RFC 5545 section 3.1, without the end

// 2024-05-05T23:00:00.000Z as 20240505T230000Z
std::string ical_time(WallTime time) {
  std::string out;
  for (const char c : format_time(time).substr(0, 19)) {
    if (c != '-' && c != ':') out += c;
  }
  return out + 'Z';
}

// 302850000 as 30.2850000
std::string degrees(std::int32_t e7) {
  constexpr std::int64_t kUnits = 10'000'000;
  const std::int64_t units = e7 < 0 ? -std::int64_t{e7} : std::int64_t{e7};
  std::string out = e7 < 0 ? "-" : "";
  out += std::to_string(units / kUnits);
  out += '.';
  out.append(std::to_string(kUnits + units % kUnits), 1, std::string::npos);
  return out;
}

std::string_view ical_status(const EventRecord& event) {
  if (event.status == EventStatus::cancelled) return "CANCELLED";
  const bool sure = !event.rsvp || event.rsvp->status == RsvpStatus::confirmed;
  return sure || event.organizes ? "CONFIRMED" : "TENTATIVE";
}

class Lines {
 public:
  explicit Lines(std::string& out) : out_(out) {}
  void line(std::string_view text) { append_ical_line(out_, text); }
  void property(std::string_view name, std::string_view value) {
    line(std::string(name) + ':' + std::string(value));
  }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) property(name, escape_ical_text(value));
  }

 private:
  std::string& out_;
};

void write_entry(Lines& lines, const EventRecord& event) {
  const EventFields& fields = event.fields;
  lines.line("BEGIN:VEVENT");
  lines.property("UID", event.id.text() + "@kith");
  lines.property("DTSTAMP", ical_time(event.updated_at));
  lines.property("CREATED", ical_time(event.created_at));
  lines.property("LAST-MODIFIED", ical_time(event.updated_at));
  lines.property("SEQUENCE", std::to_string(event.version));
  lines.property("DTSTART", ical_time(fields.start_time));
  lines.property("DTEND", ical_time(fields.end_time));
  lines.text("SUMMARY", fields.title);
  lines.text("DESCRIPTION", fields.description);
  if (fields.place) {
    lines.text("LOCATION", fields.place->name);
    if (const auto& point = fields.place->point) {
      lines.property("GEO", degrees(point->latitude_e7) + ';' + degrees(point->longitude_e7));
    }
  }
  lines.property("STATUS", ical_status(event));
  lines.line("END:VEVENT");
}

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

}  // namespace

std::string escape_ical_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' || c == ';' || c == ',') {
      out += '\\';
      out += c;
    } else if (c == '\n' || c == '\r') {
      if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      out += "\\n";
    } else if (c == '\t' || static_cast<unsigned char>(c) >= 0x20) {
      if (c != 0x7F) out += c;  // controls are no text there
    }
  }
  return out;
}

void append_ical_line(std::string& out, std::string_view line) {
  std::size_t room = kLineOctetsMax;
  while (line.size() > room) {
    std::size_t cut = room;
    while (cut > 1 && !starts_character(line[cut])) --cut;
    out += line.substr(0, cut);
    out += "\r\n ";
    line.remove_prefix(cut);
    room = kLineOctetsMax - 1;  // the space counts
  }
  out += line;
  out += "\r\n";
}

std::string write_icalendar(const CalendarFeed& feed) {
  std::string out;
  Lines lines(out);
  lines.line("BEGIN:VCALENDAR");
  lines.line("VERSION:2.0");
  lines.line("PRODID:-//kith//events//EN");
  lines.line("CALSCALE:GREGORIAN");
  lines.line("METHOD:PUBLISH");
  lines.text("X-WR-CALNAME", "Events of " + feed.display_name);
  lines.line("REFRESH-INTERVAL;VALUE=DURATION:PT1H");
  lines.line("X-PUBLISHED-TTL:PT1H");
  for (const CalendarEntry& entry : feed.entries) write_entry(lines, entry.event);
  lines.line("END:VCALENDAR");
  return out;
}

}  // namespace kith
