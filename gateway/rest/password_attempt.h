// Whether somebody knows an account's password: of a login, and of what asks for it again.
//
// What is limited: attempts per address; failed ones per account and address, so that a guesser
// locks out nobody but himself; and, ten times wider, failed ones per account. A failed one takes
// the same work and time whether or not the account exists, and is audited.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "engine/ports/accounts.h"
#include "gateway/http_router.h"

namespace kith::rest {

struct LoginAttempt {
  std::string email;
  std::string password;
};
// Nothing: there is no such account, or this is not its password. Errors: rate_limited, and the
// store's and the password pool's.
boost::asio::awaitable<Result<std::optional<Credentials>>> check_password(RequestContext& context,
                                                                          LoginAttempt attempt);

}  // namespace kith::rest
