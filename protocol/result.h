// Result<T>: a value, or an Error from the catalogue. For everything that may fail without being a
// bug. Dropping one is a compile error.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "protocol/assert.h"
#include "protocol/error_code.h"

namespace kith {

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;  // for people; never holds secrets, SQL or message text
  std::string field{};  // the offending field, where one is to blame
  std::optional<std::chrono::milliseconds> retry_after{};
};

struct Nothing {};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool ok() const { return state_.index() == 0; }

  T& value() & {
    KITH_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    KITH_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    KITH_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  const Error& error() const {
    KITH_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Nothing>;

inline Error fail(ErrorCode code, std::string message, std::string field = {}) {
  return Error{.code = code, .message = std::move(message), .field = std::move(field)};
}

}  // namespace kith
