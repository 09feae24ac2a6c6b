#include "protocol/command_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/text_rules.h"
#include "protocol/time_format.h"

namespace kith {
namespace {

namespace dom = simdjson::dom;

constexpr Seq kSeqMax = Seq{1} << 53;

}  // namespace

std::optional<dom::element> FieldReader::find(std::string_view name) const {
  dom::element element;
  if (object_.at_key(name).get(element) || element.is_null()) return std::nullopt;
  return element;
}

void FieldReader::refuse(Error error) {
  if (!error_) error_ = std::move(error);
}

void FieldReader::refuse(std::string_view name, std::string_view what) {
  refuse(fail(ErrorCode::bad_request, fmt::format("{} {}", name, what), std::string(name)));
}

void FieldReader::refuse_id(std::string_view name, IdKind kind) {
  refuse(name,
         fmt::format("must be {} and 26 digits of Crockford base32, upper case", id_prefix(kind)));
}

std::string_view FieldReader::string(std::string_view name) {
  const auto element = find(name);
  if (!element) {
    refuse(name, "is missing");
    return {};
  }
  return optional_string(name);
}

std::string_view FieldReader::optional_string(std::string_view name) {
  std::string_view text;
  const auto element = find(name);
  if (element && element->get(text)) refuse(name, "must be a string");
  return text;
}

ChatId FieldReader::chat() {
  if (default_chat_ && !find("chat_id")) return *default_chat_;
  return id<IdKind::chat>("chat_id");
}

ChannelId FieldReader::channel(bool may_be_absent) {
  if (may_be_absent && default_chat_ && !find("channel")) return *default_chat_;
  const std::string_view text = string("channel");
  const auto channel = ChannelId::parse(text);
  if (!channel) refuse(fail(ErrorCode::not_found, "no such channel", "channel"));
  return channel.value_or(ChannelId{});
}

bool FieldReader::flag(std::string_view name) {
  bool value = false;
  const auto element = find(name);
  if (element && element->get(value)) refuse(name, "must be true or false");
  return value;
}

std::optional<Seq> FieldReader::as_seq(dom::element element) {
  // Only what was written as an integer: is_uint64 and is_int64 are false for 1.0 and 1e3.
  std::uint64_t value = 0;
  if (!(element.is_uint64() || element.is_int64()) || element.get(value)) return std::nullopt;
  if (value > kSeqMax) return std::nullopt;
  return value;
}

std::optional<Seq> FieldReader::optional_seq(std::string_view name) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  const auto seq = as_seq(*element);
  if (!seq) refuse(name, "must be an integer from 0 to 2^53");
  return seq;
}

std::uint32_t FieldReader::limit(LimitRange range) {
  const auto element = find("limit");
  if (!element) return range.absent;
  std::uint64_t value = 0;
  if (!(element->is_uint64() || element->is_int64()) || element->get(value) || value == 0) {
    refuse("limit", "must be an integer of at least 1");
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, range.max));
}

std::optional<WallTime> FieldReader::optional_time(std::string_view name) {
  if (!find(name)) return std::nullopt;
  const auto time = parse_time(string(name));
  if (!time) refuse(name, "must be an RFC 3339 time");
  return time;
}

std::string_view FieldReader::reason() {
  const std::string_view text = optional_string("reason");
  if (!is_reason(text)) refuse("reason", "must be at most 500 characters");
  return text;
}

}  // namespace kith
