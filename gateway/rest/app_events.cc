// POST /channels/{channel_id}/events, of another back end: {"name", "data", "tier", "key"}, or up
// to kAppEventsMax of them in "events". The durable ones are committed in one transaction, or none
// is; the state ones are said once it is committed, and are stored nowhere.
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/ports/service_accounts.h"
#include "engine/state_event.h"
#include "gateway/await_port.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;
namespace dom = simdjson::dom;

namespace {

struct AppEvent {
  bool durable = true;
  std::string name;
  std::string key;   // of a state event: a newer one of this name and key takes its place
  std::string data;  // a JSON object
};

struct Publication {
  ChannelId channel;
  std::vector<AppEvent> events;
  bool batch = false;
  std::optional<Idempotency> idempotency;
};

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kAppEventNameBytesMax &&
         std::all_of(text.begin(), text.end(), fits);
}

// Reads one event, and notes what is wrong with it under the field's name in the body.
class EventReader {
 public:
  EventReader(JsonBody& body, std::string prefix) : body_(body), prefix_(std::move(prefix)) {}

  void read_member(std::string_view name, dom::element value) {
    if (name == "name") {
      read_text(name, value, event_.name);
      if (!is_name(event_.name)) note(name, "must have 1 to 64 of a-z, 0-9, '.', '_' and '-'");
      if (event_.name.starts_with(kReservedAppEvents)) note(name, "must not begin with kith.");
    } else if (name == "tier") {
      std::string tier;
      read_text(name, value, tier);
      if (tier != "durable" && tier != "state") note(name, "must be durable or state");
      event_.durable = tier != "state";
    } else if (name == "key") {
      read_text(name, value, event_.key);
      if (event_.key.size() > kAppEventNameBytesMax) note(name, "has more than 64 bytes");
    } else if (name == "data") {
      read_data(value);
    }
  }
  AppEvent finish() {
    if (event_.name.empty()) note("name", "is needed");
    if (event_.durable && !event_.key.empty()) note("key", "is for state events");
    if (event_.data.empty()) event_.data = "{}";
    return std::move(event_);
  }

 private:
  void note(std::string_view name, std::string_view message) {
    body_.note(prefix_ + std::string(name), message);
  }
  void read_text(std::string_view name, dom::element value, std::string& out) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return note(name, "must be a string");
    out = text;
  }
  void read_data(dom::element value) {
    if (!value.is_object()) return note("data", "must be an object");
    event_.data = simdjson::minify(value);
    if (event_.data.size() > kAppEventDataBytesMax) note("data", "has more than 16 KiB");
  }

  JsonBody& body_;
  const std::string prefix_;
  AppEvent event_;
};

AppEvent read_single(JsonBody& body) {
  EventReader reader(body, "");
  for (const std::string_view name : {"name", "data", "tier", "key"}) {
    if (const auto value = body.member(name); value && !value->is_null()) {
      reader.read_member(name, *value);
    }
  }
  return reader.finish();
}

void read_batch(JsonBody& body, dom::element value, std::vector<AppEvent>& out) {
  dom::array array;
  if (value.get(array) != simdjson::SUCCESS || array.size() == 0 || array.size() > kAppEventsMax) {
    return body.note("events", "must be a list of 1 to 100 events");
  }
  for (const dom::element element : array) {
    const std::string place = "events[" + std::to_string(out.size()) + "]";
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return body.note(place, "must be an object");
    EventReader reader(body, place + '.');
    for (const auto& [name, member] : object) {
      if (!member.is_null()) reader.read_member(name, member);
    }
    out.push_back(reader.finish());
  }
}

Checked<Publication> read_publication(const RequestContext& context, const ChannelId& channel) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  Publication out{.channel = channel, .events = {}, .batch = body.has("events"), .idempotency = {}};
  if (out.batch) {
    read_batch(body, *body.member("events"), out.events);
  } else {
    out.events.push_back(read_single(body));
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  auto idempotency = idempotency_of(context, "/channels/" + channel.text() + "/events");
  if (auto* refusal = std::get_if<Problem>(&idempotency)) return std::move(*refusal);
  out.idempotency = std::get<std::optional<Idempotency>>(std::move(idempotency));
  return out;
}

AppEvents durable_part(const Publication& publication) {
  AppEvents out{
      .channel = publication.channel, .payloads = {}, .idempotency = publication.idempotency};
  for (const AppEvent& event : publication.events) {
    if (!event.durable) continue;
    std::string& payload = out.payloads.emplace_back();
    JsonWriter(payload)
        .begin_object()
        .field("name", event.name)
        .key("data")
        .raw(event.data)
        .end_object();
  }
  return out;
}

// The same on every node, so that what one said is superseded by what another says.
std::uint64_t state_key(const AppEvent& event) {
  const std::string text = event.name + '\n' + event.key;
  std::array<unsigned char, crypto_generichash_BYTES_MIN> digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  std::uint64_t key = 0;
  std::memcpy(&key, digest.data(), sizeof(key));
  return key | 1;  // never 0
}

void say_state(const RequestContext& context, const ChannelId& channel, const AppEvent& event) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", "app.state").field("channel", channel);
  writer.field("name", event.name);
  if (!event.key.empty()) writer.field("key", event.key);
  writer.key("data").raw(event.data).end_object();
  const BusEventPtr made = make_state_event(channel, state_key(event), json);
  if (context.services.bus.reaches_others()) context.services.bus.publish(made);
  context.services.engine.on_bus_event(made);
}

HttpResponse published_answer(const Publication& publication, const PublishedAppEvents& published) {
  std::string out;
  JsonWriter json(out);
  std::size_t next = 0;
  const auto write_one = [&](const AppEvent& event) {
    json.field("name", event.name).field("tier", event.durable ? "durable" : "state");
    if (event.durable) json.field("seq", published.seqs.at(next++));
  };
  json.begin_object().field("channel", publication.channel);
  if (publication.batch) {
    json.key("items").begin_array();
    for (const AppEvent& event : publication.events) {
      json.begin_object();
      write_one(event);
      json.end_object();
    }
    json.end_array();
  } else {
    write_one(publication.events.front());
  }
  if (published.duplicate) json.field("duplicate", true);
  json.end_object();
  return json_answer(published.duplicate ? 200 : 201, std::move(out));
}

}  // namespace

asio::awaitable<HttpResponse> rest::publish_app_events(RequestContext& context) {
  const auto channel = ChannelId::parse(context.parameters.front());
  if (!channel) co_return refused(context, problem(400, "the path holds a malformed id"));
  auto read = read_publication(context, *channel);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const Publication publication = std::get<Publication>(std::move(read));
  const auto published =
      co_await await_port<PublishedAppEvents>([&](Callback<PublishedAppEvents> done) {
        context.services.service_accounts->publish(
            *context.service, durable_part(publication),
            publishing(context.services.engine, std::move(done)));
      });
  if (!published) co_return refused(context, published.error());
  if (!published->duplicate) {
    for (const AppEvent& event : publication.events) {
      if (!event.durable) say_state(context, publication.channel, event);
    }
  }
  co_return published_answer(publication, *published);
}

}  // namespace kith
