// Writes JSON by appending to a string that the caller owns: no tree, no allocation of its own.
// Commas are placed by the writer; keys and structure are the caller's promise.
// Text is escaped per RFC 8259 section 7: the quote, the backslash and the controls below U+0020
// are escaped, everything else is passed byte by byte (the caller holds valid UTF-8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/ids.h"
#include "protocol/time_format.h"

namespace kith {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);  // names of ours only: written as they are
  JsonWriter& string(std::string_view text);
  JsonWriter& integer(std::int64_t value);
  // The shortest form that reads back the same and as a double; must be finite. What is too large
  // for an integer has an exponent: readers refuse such integers, or take them for others.
  JsonWriter& number(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // one whole JSON value, already valid
  JsonWriter& time(WallTime value);
  template <IdKind kKind>
  JsonWriter& id(const Id<kKind>& value) {
    comma();
    out_ += '"';
    value.append_to(out_);
    out_ += '"';
    return *this;
  }
  JsonWriter& id(const ChannelId& value);

  // key and value in one
  JsonWriter& field(std::string_view name, std::string_view text) { return key(name).string(text); }
  JsonWriter& field(std::string_view name, const char* text) { return key(name).string(text); }
  JsonWriter& field(std::string_view name, std::int64_t value) { return key(name).integer(value); }
  JsonWriter& field(std::string_view name, std::uint64_t value) {
    return key(name).integer(static_cast<std::int64_t>(value));
  }
  JsonWriter& field(std::string_view name, int value) { return key(name).integer(value); }
  JsonWriter& field(std::string_view name, bool value) { return key(name).boolean(value); }
  JsonWriter& field(std::string_view name, WallTime value) { return key(name).time(value); }
  JsonWriter& field(std::string_view name, const ChannelId& value) { return key(name).id(value); }
  template <IdKind kKind>
  JsonWriter& field(std::string_view name, const Id<kKind>& value) {
    return key(name).id(value);
  }

 private:
  void comma();

  std::string& out_;
  bool needs_comma_ = false;
};

// Appends `text` escaped, without the surrounding quotes.
void append_json_escaped(std::string& out, std::string_view text);

}  // namespace kith
