#include "bench/load_context.h"

#include <fmt/format.h>

#include <charconv>

namespace kith::bench {

namespace {

constexpr unsigned kPortMax = 65'535;

}  // namespace

Result<Target> parse_target(std::string_view url) {
  constexpr std::string_view kScheme = "ws://";
  if (!url.starts_with(kScheme)) return fail(ErrorCode::bad_request, "the URL begins with ws://");
  url.remove_prefix(kScheme.size());
  const auto slash = url.find('/');
  std::string_view authority = url.substr(0, slash);
  Target target{.host = {}, .port = "80", .path = "/ws"};
  if (slash != std::string_view::npos && slash + 1 < url.size()) target.path = url.substr(slash);
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    target.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  }
  if (authority.empty() || target.port.empty()) {
    return fail(ErrorCode::bad_request, "the URL names no host or port");
  }
  unsigned port = 0;
  const char* end = target.port.data() + target.port.size();
  const auto parsed = std::from_chars(target.port.data(), end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end || port == 0 || port > kPortMax) {
    return fail(ErrorCode::bad_request,
                fmt::format("the URL's port {} is none: 1 to {}", target.port, kPortMax));
  }
  target.host = authority;
  return target;
}

LoadContext::LoadContext(Shared& run, std::uint64_t random_seed)
    : shared(run),
      seed(run.seed),
      options(run.options),
      witnesses(run.seed.chats.size()),
      random(random_seed),
      uuids([this] { return random(); }) {}

}  // namespace kith::bench
