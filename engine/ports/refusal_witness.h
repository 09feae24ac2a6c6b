// Who wants to know that a user was refused what a frame of theirs named: it was answered
// `forbidden` or `not_found`, or closed the socket of a chat (4503). On the shard's thread, once
// per answer, so for each entry of `resume`; never blocks. Nobody is told of who has gone before
// the answer, and of what nobody asked for: a right that ends, a list that is followed.
#pragma once

#include <string_view>

#include "protocol/error_code.h"
#include "protocol/ids.h"

namespace kith {

class RefusalWitness {
 public:
  virtual ~RefusalWitness() = default;
  // `frame` is its type, one of kFrameTypes.
  virtual void refused(UserKey user, std::string_view frame, ErrorCode code) = 0;
};

}  // namespace kith
