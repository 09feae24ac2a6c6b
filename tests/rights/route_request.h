// The request that a row of the table of routes stands for.
#pragma once

#include <string>

#include "tests/rights/route_row.h"
#include "tests/support/http_client.h"

namespace kith::test {

// `path` and `body` as Stage::fill gave them; what that left open in the path is filled with what
// nothing has.
HttpRequest request_of(const RouteRow& row, std::string path, std::string body,
                       const std::string& token);

}  // namespace kith::test
