// POST and DELETE /users/me/calendar, GET /calendar/{secret}.ics.
//
// A calendar program knows no access tokens: it reads a URL. So the URL holds a secret of 256 bits,
// of which only the hash is stored; making a new one ends the one before.
#include <sodium.h>

#include <array>

#include "gateway/await_port.h"
#include "gateway/icalendar.h"
#include "gateway/rest/event_answers.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;
using rest::events_of;

namespace {

constexpr std::string_view kSuffix = ".ics";
constexpr std::size_t kSecretBytes = 32;
constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string new_secret() {
  std::array<unsigned char, kSecretBytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  text.resize(text.size() - 1);  // the NUL
  return text;
}

CalendarHash hash_of(std::string_view secret) {
  CalendarHash hash{};
  static_assert(sizeof(hash) == crypto_hash_sha256_BYTES);
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(secret.data()),
                     secret.size());
  return hash;
}

// By what they call themselves: "Google-Calendar-Importer", "macOS/14.5 (23F79) CalendarAgent/1",
// "iOS/17.5 (21F79) dataaccessd/1.0".
CalendarClient client_of(const HttpRequest& request) {
  const std::string_view agent = request.head.find("user-agent").value_or("");
  if (agent.find("Google-Calendar") != std::string_view::npos) return CalendarClient::google;
  for (const std::string_view name : {"CalendarAgent", "dataaccessd"}) {
    if (agent.find(name) != std::string_view::npos) return CalendarClient::apple;
  }
  return CalendarClient::other;
}

asio::awaitable<std::optional<HttpResponse>> set_calendar(RequestContext& context,
                                                          std::optional<CalendarHash> hash) {
  const auto done = co_await await_port<Nothing>([&](Callback<Nothing> callback) {
    events_of(context).set_calendar(context.actor(), hash, std::move(callback));
  });
  if (!done) co_return refused(context, done.error());
  co_return std::nullopt;
}

}  // namespace

asio::awaitable<HttpResponse> rest::make_calendar(RequestContext& context) {
  const std::string secret = new_secret();
  auto refusal = co_await set_calendar(context, hash_of(secret));
  if (refusal) co_return *std::move(refusal);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("path", "/calendar/" + secret + std::string(kSuffix)).end_object();
  co_return json_answer(201, std::move(out));
}

asio::awaitable<HttpResponse> rest::drop_calendar(RequestContext& context) {
  auto refusal = co_await set_calendar(context, std::nullopt);
  if (refusal) co_return *std::move(refusal);
  co_return HttpResponse{.status = 204};
}

asio::awaitable<HttpResponse> rest::get_calendar(RequestContext& context) {
  std::string_view name = context.parameters[0];
  if (!name.ends_with(kSuffix)) {
    co_return refused(context, problem(404, "there is no such calendar"));
  }
  name.remove_suffix(kSuffix.size());
  const CalendarHash hash = hash_of(name);
  const CalendarClient client = client_of(context.request);
  const auto feed = co_await await_port<CalendarFeed>([&](Callback<CalendarFeed> done) {
    events_of(context).calendar(hash, client, context.now.wall, std::move(done));
  });
  if (!feed) co_return refused(context, feed.error());
  HttpResponse answer{.status = 200, .content_type = "text/calendar; charset=utf-8"};
  answer.body = write_icalendar(*feed);
  answer.fields.push_back({"Cache-Control", "private, no-cache"});
  co_return answer;
}

}  // namespace kith
