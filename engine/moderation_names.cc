// The names on the wire of what engine/ports/moderation.h says.
#include <array>

#include "engine/ports/moderation.h"

namespace kith {

std::string_view to_string(CaseStatus status) {
  return status == CaseStatus::open ? "open" : "resolved";
}

std::optional<CaseStatus> parse_case_status(std::string_view text) {
  for (const CaseStatus status : {CaseStatus::open, CaseStatus::resolved}) {
    if (text == to_string(status)) return status;
  }
  return std::nullopt;
}

std::string_view to_string(CaseResolution resolution) {
  switch (resolution) {
    case CaseResolution::dismissed:
      return "dismissed";
    case CaseResolution::hidden:
      return "hidden";
    case CaseResolution::muted:
      return "muted";
    case CaseResolution::banned:
      return "banned";
  }
  return "";
}

std::optional<CaseResolution> parse_case_resolution(std::string_view text) {
  for (const CaseResolution resolution : {CaseResolution::dismissed, CaseResolution::hidden,
                                          CaseResolution::muted, CaseResolution::banned}) {
    if (text == to_string(resolution)) return resolution;
  }
  return std::nullopt;
}

}  // namespace kith
