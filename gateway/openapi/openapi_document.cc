#include "gateway/openapi/documents.h"
#include "gateway/rest/routes.h"

namespace kith::api {
namespace {

constexpr std::string_view kAboutHttp =
    "All paths stand at the root and under /api/v1 alike. Errors are RFC 9457 problems; 400 is for "
    "syntax, 422 for a field, which `errors` names. What one may not see is 404. Lists page with "
    "`limit` and `cursor`. Members of a body that an operation does not know are passed over. The "
    "live side of all this is the WebSocket that asyncapi.json describes.";

bool brings_etag(const Operation& operation) {
  return (operation.with & (kETag | kIfMatch | kIfNoneMatch)) != 0;
}

void write_parameter(JsonWriter& json, std::string_view name, std::string_view where,
                     const Schema& schema, const std::optional<std::int64_t>& fallback = {}) {
  json.begin_object().field("name", name).field("in", where);
  json.field("required", where == "path").key("schema");
  if (!fallback) {
    json_schema(json, schema, Side::answer);
  } else {
    std::string text;
    JsonWriter inner(text);
    json_schema(inner, schema, Side::answer);
    text.back() = ',';  // one more member
    json.raw(text + "\"default\":" + std::to_string(*fallback) + '}');
  }
  json.end_object();
}

void write_parameters(JsonWriter& json, const Operation& operation) {
  json.key("parameters").begin_array();
  for (const std::string_view name : path_parameters(operation.pattern)) {
    if (const Schema* schema = path_parameter(name)) write_parameter(json, name, "path", *schema);
  }
  for (const Parameter& parameter : operation.query) {
    write_parameter(json, parameter.name, "query", parameter.schema, parameter.fallback);
  }
  if ((operation.with & kIdempotencyKey) != 0) {
    write_parameter(json, "Idempotency-Key", "header",
                    text(1, 64).says("The same key answers a repeat with what the first one made; "
                                     "with another body it is 409. Kept for 24 hours"));
  }
  if ((operation.with & kIfMatch) != 0) {
    write_parameter(json, "If-Match", "header",
                    text().says("The ETag of what was read: 412 where it has changed since"));
  }
  if ((operation.with & kIfNoneMatch) != 0) {
    write_parameter(json, "If-None-Match", "header", text().says("The ETag that is known: 304"));
  }
  json.end_array();
}

void write_body(JsonWriter& json, const Operation& operation) {
  if (!operation.body) return;
  json.key("requestBody").begin_object();
  json.field("required", (operation.with & kBodyMayBeAbsent) == 0);
  json.key("content").begin_object().key("application/json").begin_object().key("schema");
  json_schema(json, *operation.body, Side::request);
  json.end_object().end_object().end_object();
}

void write_answer(JsonWriter& json, const Operation& operation, const OperationAnswer& answer) {
  json.key(std::to_string(answer.status)).begin_object();
  json.field("description", reason_phrase(answer.status));
  if (brings_etag(operation)) {
    json.key("headers").begin_object().key("ETag").begin_object().key("schema");
    json_schema(json, text(), Side::answer);
    json.end_object().end_object();
  }
  const bool has_body = answer.status != 204 && answer.status != 304;
  if (has_body) {
    json.key("content").begin_object().key(answer.content_type).begin_object();
    if (answer.schema) {
      json.key("schema");
      json_schema(json, *answer.schema, Side::answer);
    }
    json.end_object().end_object();
  }
  json.end_object();
}

void write_answers(JsonWriter& json, const Route& route, const Operation& operation) {
  json.key("responses").begin_object();
  std::set<int> refusals = refusals_of(route, operation);
  for (const OperationAnswer& answer : operation.answers) {
    write_answer(json, operation, answer);
    refusals.erase(answer.status);
  }
  if ((operation.with & kIfNoneMatch) != 0) write_answer(json, operation, {.status = 304});
  for (const int status : refusals) {
    json.key(std::to_string(status)).begin_object();
    json.field("description", reason_phrase(status)).key("content").begin_object();
    json.key("application/problem+json").begin_object().key("schema");
    json_schema(json, ref("Problem"), Side::answer);
    json.end_object().end_object().end_object();
  }
  json.end_object();
}

std::string lower_name(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

void write_security(JsonWriter& json, std::string_view scheme, std::optional<ServiceScope> scope) {
  json.begin_object().key(scheme).begin_array();
  if (scope) json.string(to_string(*scope));
  json.end_array().end_object();
}

void write_operation(JsonWriter& json, const Route& route, const Operation& operation) {
  json.key(lower_name(to_string(route.method))).begin_object();
  json.field("operationId", operation.id).key("tags").begin_array();
  json.string(operation.tag).end_array().field("summary", operation.summary);
  write_parameters(json, operation);
  write_body(json, operation);
  write_answers(json, route, operation);
  json.key("security").begin_array();
  if (route.access == RouteAccess::user) write_security(json, "bearer", std::nullopt);
  if (route.scope) write_security(json, "service", route.scope);
  json.end_array().end_object();
}

void write_paths(JsonWriter& json) {
  json.key("paths").begin_object();
  std::set<std::string_view> written;
  for (const Route& first : kRoutes) {
    if (!written.insert(first.pattern).second) continue;
    json.key(first.pattern).begin_object();
    for (const Route& route : kRoutes) {
      if (route.pattern != first.pattern) continue;
      const Operation* operation = find_operation(route.method, route.pattern);
      if (operation != nullptr) write_operation(json, route, *operation);
    }
    json.end_object();
  }
  json.end_object();
}

std::string written_openapi() {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("openapi", "3.1.0");
  write_info(json, kAboutHttp);
  json.key("servers").begin_array();
  for (const char* url : {"/", "/api/v1"}) json.begin_object().field("url", url).end_object();
  json.end_array();
  write_paths(json);
  json.key("components").begin_object();
  write_schemas(json);
  json.key("securitySchemes").begin_object();
  for (const auto& [name, format] : {std::pair("bearer", "JWT"), std::pair("service", "opaque")}) {
    json.key(name).begin_object().field("type", "http").field("scheme", "bearer");
    json.field("bearerFormat", format).end_object();
  }
  json.end_object().end_object().end_object();
  return out;
}

}  // namespace

const Document& openapi_document() {
  static const Document document = document_of(written_openapi());
  return document;
}

}  // namespace kith::api
