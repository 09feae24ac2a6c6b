#include "tests/support/contract.h"

#include <doctest/doctest.h>

#include <optional>

#include "gateway/http_router.h"
#include "gateway/openapi/documents.h"
#include "tests/support/json_schema.h"
#include "tests/support/wire_watch.h"

namespace kith::test {
namespace {

namespace dom = simdjson::dom;

const JsonSchemas& http_contract() {
  static const JsonSchemas schemas(api::openapi_document().json);
  return schemas;
}

const JsonSchemas& socket_contract() {
  static const JsonSchemas schemas(api::asyncapi_document().json);
  return schemas;
}

void complain(const std::string& about, const std::string& what) {
  FAIL_CHECK(about << ": " << what);
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  path = path.substr(0, path.find('?'));
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    if (!segment.empty()) segments.emplace_back(segment);
    path.remove_prefix(segment.size());
  }
  return without_api_prefix(std::move(segments));
}

std::string pointer_part(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

std::optional<dom::element> find(const JsonSchemas& schemas, const std::string& pointer) {
  dom::element found;
  if (schemas.document().at_pointer(pointer).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

// The schema of the body; nothing: it has none, or what it is has been complained about.
std::optional<dom::element> body_schema(const std::string& about, dom::element answer,
                                        const HttpResponse& response) {
  dom::object content;
  if (answer["content"].get(content) != simdjson::SUCCESS) {
    if (!response.body.empty()) complain(about, "a body where the document has none");
    return std::nullopt;
  }
  const std::string given = response.header("content-type");
  const std::string type = given.substr(0, given.find(';'));
  for (const auto known : content) {
    if (known.key != type && known.key != "*/*") continue;
    dom::element schema;
    if (known.value["schema"].get(schema) != simdjson::SUCCESS) return std::nullopt;
    return schema;
  }
  complain(about, "is of type " + type);
  return std::nullopt;
}

void check_value(const JsonSchemas& schemas, const std::string& about, dom::element schema,
                 std::string_view json) {
  dom::parser parser;
  dom::element value;
  if (parser.parse(json.data(), json.size()).get(value) != simdjson::SUCCESS) {
    return complain(about, "is no JSON: " + std::string(json));
  }
  for (const std::string& fault : schemas.faults(schema, value, Strictness::unknown_members)) {
    complain(about, fault);
  }
}

}  // namespace

void check_contract(const HttpRequest& request, const HttpResponse& response) {
  const auto method = parse_http_method(request.method);
  if (!method || *method == HttpMethod::options) return;
  const RouteMatch match = router().match(*method, segments_of(request.path));
  if (match.route == nullptr || response.status == 101) return;
  const std::string about = std::string(to_string(match.route->method)) + ' ' +
                            std::string(match.route->pattern) + " answered " +
                            std::to_string(response.status);
  const std::string operation =
      "/paths/" + pointer_part(match.route->pattern) + '/' + lower(to_string(match.route->method));
  const auto answer =
      find(http_contract(), operation + "/responses/" + std::to_string(response.status));
  if (!answer) return complain(about, "which is in no document: " + response.body);
  if (*method == HttpMethod::head) return;
  const auto schema = body_schema(about, *answer, response);
  if (schema) check_value(http_contract(), about, *schema, response.body);
}

void check_contract_of_frame(std::string_view json) {
  dom::parser parser;
  dom::element frame;
  std::string_view type;
  if (parser.parse(json.data(), json.size()).get(frame) != simdjson::SUCCESS ||
      frame["type"].get(type) != simdjson::SUCCESS) {
    return complain("a frame", "without a type: " + std::string(json));
  }
  for (const char* prefix : {"event.", "server."}) {
    const auto payload = find(socket_contract(), "/components/messages/" + std::string(prefix) +
                                                     std::string(type) + "/payload");
    if (payload) return check_value(socket_contract(), std::string(type), *payload, json);
  }
  complain(std::string(type), "is in no document");
}

bool watch_contract() {
  wire_watch = {.answer = check_contract, .frame = check_contract_of_frame};
  return true;
}

}  // namespace kith::test
