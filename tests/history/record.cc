#include "tests/history/record.h"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <stdexcept>

#include "protocol/json_writer.h"

namespace kith::test {
namespace {

namespace dom = simdjson::dom;

constexpr std::array<std::string_view, 18> kNames = {
    "begin",      "invoke", "ok",     "fail",     "unknown", "connect",
    "disconnect", "attach", "detach", "gap",      "deliver", "ephemeral",
    "truth",      "right",  "final",  "resource", "process", "heal"};

constexpr std::size_t kDigestLetters = 16;

// JSON's numbers lose the low bits of a 64-bit digest in half of the world's readers: as text.
std::string hex(std::uint64_t digest) {
  std::string out(kDigestLetters, '0');
  for (std::size_t i = 0; i < kDigestLetters; ++i) {
    out[kDigestLetters - 1 - i] = "0123456789abcdef"[digest >> (4 * i) & 15U];
  }
  return out;
}

std::uint64_t from_hex(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, 16);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("digest is not hexadecimal: " + std::string(text));
  }
  return out;
}

class Writer {
 public:
  explicit Writer(std::string& out) : json_(out) { json_.begin_object(); }

  void text(std::string_view key, const std::string& value) {
    if (!value.empty()) json_.field(key, value);
  }
  void number(std::string_view key, std::uint64_t value) {
    if (value != 0) json_.field(key, value);
  }
  void number(std::string_view key, std::int64_t value) {
    if (value != 0) json_.field(key, value);
  }
  template <typename Number>
  void number(std::string_view key, const std::optional<Number>& value) {
    if (value) json_.field(key, *value);
  }
  void flag(std::string_view key, bool value) {
    if (value) json_.field(key, true);
  }
  void digest(std::uint64_t value) {
    if (value != 0) json_.field("digest", hex(value));
  }
  JsonWriter& json() { return json_; }
  void end() { json_.end_object(); }

 private:
  JsonWriter json_;
};

void append_entry(std::string& out, const Entry& entry) {
  Writer writer(out);
  writer.number("seq", entry.seq);
  if (entry.event != Entry().event) writer.text("event", entry.event);
  writer.text("message_id", entry.message_id);
  writer.text("client_message_id", entry.client_message_id);
  writer.text("user", entry.user);
  writer.digest(entry.digest);
  writer.flag("deleted", entry.deleted);
  writer.end();
}

std::string text_at(dom::object object, std::string_view key) {
  dom::element value;
  if (object[key].get(value) != simdjson::SUCCESS) return {};
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    throw std::invalid_argument(std::string(key) + " is not a string");
  }
  return std::string(text);
}

template <typename Value>
std::optional<Value> value_at(dom::object object, std::string_view key) {
  dom::element value;
  if (object[key].get(value) != simdjson::SUCCESS) return std::nullopt;
  Value out;
  if (value.get(out) != simdjson::SUCCESS) {
    throw std::invalid_argument(std::string(key) + " is not of its type");
  }
  return out;
}

template <typename Value>
void read(dom::object object, std::string_view key, Value& out) {
  if (const auto value = value_at<Value>(object, key)) out = *value;
}

std::uint64_t digest_at(dom::object object) {
  const std::string text = text_at(object, "digest");
  return text.empty() ? 0 : from_hex(text);
}

Entry entry_of(dom::element element) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS)
    throw std::invalid_argument("an entry is no object");
  Entry entry;
  read(object, "seq", entry.seq);
  if (const std::string event = text_at(object, "event"); !event.empty()) entry.event = event;
  entry.message_id = text_at(object, "message_id");
  entry.client_message_id = text_at(object, "client_message_id");
  entry.user = text_at(object, "user");
  entry.digest = digest_at(object);
  read(object, "deleted", entry.deleted);
  return entry;
}

Kind kind_of(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Kind>(i);
  }
  throw std::invalid_argument("unknown kind: " + std::string(name));
}

void read_texts(dom::object object, Record& record) {
  record.client = text_at(object, "client");
  record.user = text_at(object, "user");
  record.channel = text_at(object, "channel");
  record.op = text_at(object, "op");
  record.op_id = text_at(object, "op_id");
  record.event = text_at(object, "event");
  record.message_id = text_at(object, "message_id");
  record.client_message_id = text_at(object, "client_message_id");
  record.code = text_at(object, "code");
  record.what = text_at(object, "what");
  record.change = text_at(object, "change");
}

void read_values(dom::object object, Record& record) {
  record.conn = static_cast<std::uint32_t>(value_at<std::uint64_t>(object, "conn").value_or(0));
  read(object, "seq", record.seq);
  record.digest = digest_at(object);
  read(object, "deleted", record.deleted);
  read(object, "duplicate", record.duplicate);
  read(object, "recovered", record.recovered);
  read(object, "presence", record.presence);
  read(object, "whole", record.whole);
  read(object, "expected", record.expected);
  record.from = value_at<std::uint64_t>(object, "from");
  record.to = value_at<std::uint64_t>(object, "to");
  read(object, "value", record.value);
  read(object, "limit", record.limit);
  read(object, "deadline", record.deadline);
  record.well = value_at<std::int64_t>(object, "well");
}

}  // namespace

std::uint64_t content_digest(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  for (const char letter : text) {
    hash = (hash ^ static_cast<std::uint8_t>(letter)) * 0x100000001B3;
  }
  return hash == 0 ? 1 : hash;
}

std::string_view name_of(Kind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

void append_json(std::string& out, const Record& record) {
  Writer writer(out);
  writer.json().field("t", record.t).key("kind").string(name_of(record.kind));
  writer.text("client", record.client);
  writer.number("conn", std::uint64_t{record.conn});
  writer.text("user", record.user);
  writer.text("channel", record.channel);
  writer.text("op", record.op);
  writer.text("op_id", record.op_id);
  writer.number("seq", record.seq);
  writer.text("event", record.event);
  writer.text("message_id", record.message_id);
  writer.text("client_message_id", record.client_message_id);
  writer.digest(record.digest);
  writer.flag("deleted", record.deleted);
  writer.flag("duplicate", record.duplicate);
  writer.flag("recovered", record.recovered);
  writer.flag("presence", record.presence);
  writer.flag("whole", record.whole);
  writer.flag("expected", record.expected);
  writer.number("from", record.from);
  writer.number("to", record.to);
  writer.text("code", record.code);
  writer.text("what", record.what);
  writer.text("change", record.change);
  writer.number("value", record.value);
  writer.number("limit", record.limit);
  writer.number("deadline", record.deadline);
  writer.number("well", record.well);
  if (!record.entries.empty()) {
    writer.json().key("entries").begin_array();
    bool first = true;
    for (const Entry& entry : record.entries) {
      if (!first) out += ',';
      first = false;
      append_entry(out, entry);
    }
    writer.json().end_array();
  }
  writer.end();
  out += '\n';
}

std::string to_json(const Record& record) {
  std::string out;
  append_json(out, record);
  out.pop_back();
  return out;
}

Record from_json(std::string_view line) {
  thread_local dom::parser parser;
  dom::object object;
  if (parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) {
    throw std::invalid_argument("not a JSON object");
  }
  Record record;
  const auto t = value_at<std::int64_t>(object, "t");
  if (!t) throw std::invalid_argument("no t");
  record.t = *t;
  record.kind = kind_of(text_at(object, "kind"));
  read_texts(object, record);
  read_values(object, record);
  if (const auto entries = value_at<dom::array>(object, "entries")) {
    for (const dom::element entry : *entries) record.entries.push_back(entry_of(entry));
  }
  return record;
}

}  // namespace kith::test
