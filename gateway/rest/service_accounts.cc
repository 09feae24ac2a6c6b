// POST /service-accounts, GET /service-accounts, DELETE /service-accounts/{service_id}: the tokens
// of other back ends, for admins.
#include "engine/ports/service_accounts.h"

#include "gateway/await_port.h"
#include "gateway/opaque_token.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;

namespace {

// Nothing: an admin, of a store that keeps services.
std::optional<HttpResponse> refuse(const RequestContext& context) {
  if (context.who->role != SystemRole::admin) {
    return refused(context, problem(403, "for admins alone"));
  }
  if (context.services.service_accounts == nullptr) {
    return refused(context, problem(503, "this store keeps no service accounts"));
  }
  return std::nullopt;
}

Checked<NewService> read_service(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  NewService service;
  service.name = body.name("name", {.min = 1, .max = kServiceNameCharactersMax});
  if (!body.has("scopes")) body.note("scopes", "is needed");
  const auto names = body.optional_texts("scopes", 16, {.min = 1, .max = 32});
  for (const std::string& name : names.value_or(std::vector<std::string>{})) {
    const auto scope = parse_service_scope(name);
    if (!scope) {
      body.note("scopes", "holds what is no scope");
      break;
    }
    service.scopes.add(*scope);
  }
  if (names && service.scopes.empty()) body.note("scopes", "must name a scope");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  service.id = ServiceId{context.services.engine.new_uuid()};
  service.now = context.now.wall;
  service.by = context.who->key;
  return service;
}

void write_service_members(JsonWriter& json, const ServiceRecord& service) {
  json.field("id", service.id).field("name", service.name).key("scopes").begin_array();
  for (const ServiceScope scope : service.scopes.list()) json.string(to_string(scope));
  json.end_array().field("created_at", service.created_at).key("created_by");
  if (service.created_by) {
    json.id(*service.created_by);
  } else {
    json.null();
  }
}

}  // namespace

asio::awaitable<HttpResponse> rest::create_service_account(RequestContext& context) {
  if (auto refusal = refuse(context)) co_return *std::move(refusal);
  auto read = read_service(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  NewService service = std::get<NewService>(std::move(read));
  const OpaqueToken token = new_opaque_token(kServiceTokenPrefix);
  service.token_hash = token.hash;
  const auto made = co_await await_port<ServiceRecord>([&](Callback<ServiceRecord> done) {
    context.services.service_accounts->create(std::move(service), std::move(done));
  });
  if (!made) co_return refused(context, made.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_service_members(json, *made);
  json.field("token", token.text).end_object();  // this once
  co_return json_answer(201, std::move(out));
}

asio::awaitable<HttpResponse> rest::list_service_accounts(RequestContext& context) {
  if (auto refusal = refuse(context)) co_return *std::move(refusal);
  using List = std::vector<ServiceRecord>;
  const auto list = co_await await_port<List>(
      [&](Callback<List> done) { context.services.service_accounts->list(std::move(done)); });
  if (!list) co_return refused(context, list.error());
  co_return page_answer(*list, std::nullopt, [](JsonWriter& json, const ServiceRecord& service) {
    json.begin_object();
    write_service_members(json, service);
    json.end_object();
  });
}

asio::awaitable<HttpResponse> rest::revoke_service_account(RequestContext& context) {
  if (auto refusal = refuse(context)) co_return *std::move(refusal);
  auto [service, refusal] = path_id<ServiceId>(context, 0);
  if (!service) co_return std::move(refusal);
  const ServiceId id = *service;
  const auto revoked = co_await await_port<Nothing>([&](Callback<Nothing> done) {
    context.services.service_accounts->revoke(context.actor(), id, std::move(done));
  });
  if (!revoked) co_return refused(context, revoked.error());
  co_return HttpResponse{.status = 204};
}

}  // namespace kith
