#include "gateway/http_router.h"

#include <algorithm>

#include "gateway/rest/routes.h"

namespace kith {

namespace {

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}

bool matches(const std::vector<std::string_view>& pattern,
             const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool fits = is_parameter(pattern[i]) ? !segments[i].empty() : pattern[i] == segments[i];
    if (!fits) return false;
  }
  return true;
}

std::vector<std::string_view> segments_of(std::string_view pattern) {
  std::vector<std::string_view> segments;
  while (!pattern.empty() && pattern != "/") {  // the root has no segments
    pattern.remove_prefix(1);                   // the slash
    segments.push_back(pattern.substr(0, pattern.find('/')));
    pattern.remove_prefix(segments.back().size());
  }
  return segments;
}

// Once, though /users/me and /users/{user_id} may both have it.
void add_method(std::string& list, std::string_view method) {
  if (has_token(list, method)) return;
  if (!list.empty()) list += ", ";
  list += method;
}

}  // namespace

Router::Router(std::span<const Route> routes) {
  for (const Route& route : routes) {
    entries_.push_back({.route = &route, .segments = segments_of(route.pattern)});
  }
}

RouteMatch Router::match(HttpMethod method, const std::vector<std::string>& segments) const {
  const HttpMethod wanted = method == HttpMethod::head ? HttpMethod::get : method;
  RouteMatch found;
  // A path of words alone goes before one with a {…}: /users/me is nobody's id.
  std::size_t fewest_parameters = segments.size() + 1;
  for (const Entry& entry : entries_) {
    if (!matches(entry.segments, segments)) continue;
    add_method(found.allow, to_string(entry.route->method));
    if (entry.route->method == HttpMethod::get) add_method(found.allow, "HEAD");
    if (entry.route->method != wanted) continue;
    std::vector<std::string> parameters;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (is_parameter(entry.segments[i])) parameters.push_back(segments[i]);
    }
    if (parameters.size() >= fewest_parameters) continue;
    fewest_parameters = parameters.size();
    found.route = entry.route;
    found.parameters = std::move(parameters);
  }
  if (!found.allow.empty()) add_method(found.allow, "OPTIONS");
  return found;
}

const Router& router() {
  static const Router all(kRoutes);
  return all;
}

bool is_websocket_path(const std::vector<std::string>& segments) {
  return std::ranges::any_of(kWebSocketPaths, [&](std::string_view pattern) {
    return matches(segments_of(pattern), segments);
  });
}

std::vector<std::string> without_api_prefix(std::vector<std::string> segments) {
  if (segments.size() > 2 && segments[0] == "api" && segments[1] == "v1") {
    segments.erase(segments.begin(), segments.begin() + 2);
  }
  return segments;
}

}  // namespace kith
