// The names on the wire of what ports/events.h says.
#include <array>

#include "engine/ports/events.h"

namespace kith {

namespace {

template <typename Value, std::size_t kCount>
std::optional<Value> named(std::string_view text, const std::array<Value, kCount>& values) {
  for (const Value value : values) {
    if (to_string(value) == text) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(EventStatus status) {
  switch (status) {
    case EventStatus::draft:
      return "draft";
    case EventStatus::published:
      return "published";
    case EventStatus::cancelled:
      return "cancelled";
  }
  return "draft";
}

std::string_view to_string(EventVisibility visibility) {
  switch (visibility) {
    case EventVisibility::everybody:
      return "public";
    case EventVisibility::link:
      return "unlisted";
    case EventVisibility::club:
      return "club";
  }
  return "public";
}

std::string_view to_string(RsvpStatus status) {
  switch (status) {
    case RsvpStatus::confirmed:
      return "confirmed";
    case RsvpStatus::maybe:
      return "maybe";
    case RsvpStatus::declined:
      return "declined";
    case RsvpStatus::waitlisted:
      return "waitlisted";
  }
  return "declined";
}

std::string_view to_string(CalendarSync sync) {
  switch (sync) {
    case CalendarSync::off:
      return "off";
    case CalendarSync::pending:
      return "pending";
    case CalendarSync::synced:
      return "synced";
  }
  return "off";
}

std::optional<EventStatus> parse_event_status(std::string_view text) {
  return named(text,
               std::array{EventStatus::draft, EventStatus::published, EventStatus::cancelled});
}

std::optional<EventVisibility> parse_event_visibility(std::string_view text) {
  return named(
      text, std::array{EventVisibility::everybody, EventVisibility::link, EventVisibility::club});
}

std::optional<RsvpStatus> parse_rsvp_status(std::string_view text) {
  return named(text, std::array{RsvpStatus::confirmed, RsvpStatus::maybe, RsvpStatus::declined,
                                RsvpStatus::waitlisted});
}

std::optional<RsvpWish> parse_rsvp_wish(std::string_view text) {
  if (text == "going") return RsvpWish::going;
  if (text == "maybe") return RsvpWish::maybe;
  if (text == "declined") return RsvpWish::declined;
  return std::nullopt;
}

}  // namespace kith
