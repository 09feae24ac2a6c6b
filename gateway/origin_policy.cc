#include "gateway/origin_policy.h"

#include <algorithm>
#include <iterator>

namespace kith {

namespace {

std::string_view without_suffix(std::string_view text, std::string_view suffix) {
  if (text.ends_with(suffix)) text.remove_suffix(suffix.size());
  return text;
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  for (const auto& [scheme, port] : {std::pair{"http://", ":80"}, std::pair{"https://", ":443"}}) {
    if (!origin.starts_with(scheme)) continue;
    origin.remove_prefix(std::string_view(scheme).size());
    return equals_ignoring_case(without_suffix(origin, port), without_suffix(host, port));
  }
  return false;
}

}  // namespace

OriginVerdict judge_origin(const HttpHead& head, const GatewayConfig& config) {
  const auto count = head.count("origin");
  if (count == 0) return OriginVerdict::absent;
  if (count > 1) return OriginVerdict::foreign;
  const std::string_view origin = *head.find("origin");
  const auto& listed = config.allowed_origins;
  if (std::find(listed.begin(), listed.end(), origin) != listed.end()) {
    return OriginVerdict::listed;
  }
  const auto host = head.find("host");
  return host && is_same_origin(origin, *host) ? OriginVerdict::same : OriginVerdict::foreign;
}

HttpHead origin_of(const HttpHead& head) {
  HttpHead out;
  std::ranges::copy_if(head.fields, std::back_inserter(out.fields), [](const auto& field) {
    return field.name == "origin" || field.name == "host";
  });
  return out;
}

void add_cors_fields(const HttpHead& head, const GatewayConfig& config, HttpResponse& response) {
  if (config.allowed_origins.empty()) return;
  // What is open to every origin says so itself, and a browser takes no second field.
  const bool open = std::ranges::any_of(response.fields, [](const NamedValue& field) {
    return field.name == "Access-Control-Allow-Origin";
  });
  if (open) return;
  response.fields.push_back({"Vary", "Origin"});
  if (judge_origin(head, config) != OriginVerdict::listed) return;
  // From the configuration's list by exact comparison, so nothing of the client's gets out.
  response.fields.push_back({"Access-Control-Allow-Origin", std::string(*head.find("origin"))});
  response.fields.push_back(
      {"Access-Control-Expose-Headers", "ETag, X-Correlation-Id, Retry-After"});
}

}  // namespace kith
