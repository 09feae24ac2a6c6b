#include "gateway/rest/if_match.h"

#include <charconv>

namespace kith {

std::string version_tag(std::string_view prefix, std::uint64_t version) {
  return '"' + std::string(prefix) + std::to_string(version) + '"';
}

Checked<std::optional<std::uint64_t>> if_match(const HttpRequest& request,
                                               std::string_view prefix) {
  using Wanted = std::optional<std::uint64_t>;
  const auto count = request.head.count("if-match");
  if (count == 0) return Wanted{};
  const std::string_view tag = trimmed(*request.head.find("if-match"));
  if (tag == "*") return Wanted{};
  const bool one = count == 1 && tag.find(',') == std::string_view::npos;
  const bool quoted =
      tag.size() >= 2 && tag.ends_with('"') && (tag.starts_with('"') || tag.starts_with("W/\""));
  if (!one || !quoted) return problem(400, "If-Match takes one entity tag, or *");
  std::uint64_t version = 0;
  const std::string opening = '"' + std::string(prefix);
  if (tag.starts_with(opening)) {
    const char* begin = tag.data() + opening.size();
    const char* end = tag.data() + tag.size() - 1;
    const auto read = std::from_chars(begin, end, version);
    if (begin == end || read.ec != std::errc{} || read.ptr != end) version = 0;
  }
  return Wanted{version};
}

}  // namespace kith
