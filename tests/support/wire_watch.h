// Who wants to see every answer and every frame that the tests' clients get: nobody, until a test
// program sets it (tests/support/contract.h does).
#pragma once

#include <string_view>

namespace kith::test {

struct HttpRequest;
struct HttpResponse;

struct WireWatch {
  void (*answer)(const HttpRequest& request, const HttpResponse& response) = nullptr;
  void (*frame)(std::string_view json) = nullptr;
};
inline WireWatch wire_watch;

}  // namespace kith::test
