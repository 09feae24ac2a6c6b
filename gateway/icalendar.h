// A user's events as an iCalendar object (RFC 5545), for calendar programs to subscribe to.
//
// Lines end in CRLF and are folded at 75 octets, never inside of a character; text is escaped;
// times are in UTC. An event keeps its UID for ever; its SEQUENCE rises with every change its
// organizers make, a cancelled one stays as STATUS:CANCELLED. What its reader may come to, or waits
// for, is TENTATIVE.
#pragma once

#include <string>

#include "engine/ports/events.h"

namespace kith {

std::string write_icalendar(const CalendarFeed& feed);

// Of a property's value of type TEXT: backslash, semicolon, comma and line ends.
std::string escape_ical_text(std::string_view text);
// Appends one line, folded, with its end.
void append_ical_line(std::string& out, std::string_view line);

}  // namespace kith
