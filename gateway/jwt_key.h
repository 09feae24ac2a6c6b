// Keys that sign access tokens (RFC 7518): HS256 (HMAC, SHA-256), ES256 (ECDSA on P-256, the raw
// r || s of section 3.4) and RS256 (RSASSA-PKCS1-v1_5, 2048 bits or more), over OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/config.h"
#include "protocol/result.h"

namespace kith {

// Immutable; its methods may be called from any thread.
class TokenKey {
 public:
  virtual ~TokenKey() = default;
  virtual std::string_view algorithm() const = 0;  // "HS256"
  virtual std::string sign(std::string_view input) const = 0;
  virtual bool verify(std::string_view input, std::string_view signature) const = 0;
  // 32 bytes that follow from the key and the input (HMAC-SHA256) and that nobody finds without the
  // key: the same on every node that has it. No input makes them the signature of a token.
  virtual std::string derive(std::string_view input) const = 0;
};

inline constexpr std::size_t kHmacSecretBytesMin = 32;

// Errors, here and below: bad_request with one line that names the file and the reason.
Result<std::shared_ptr<const TokenKey>> make_hmac_key(std::string secret);
// From PEM files; `algorithm` is ES256 or RS256. Where the public key's path is not empty, it must
// belong to the private one. A key file that others than owner and group may read is refused.
struct KeyFiles {
  std::string algorithm;
  std::string private_key;
  std::string public_key;
};
Result<std::shared_ptr<const TokenKey>> load_key_files(const KeyFiles& files);

enum class MissingSecret { make, refuse };
// The key that the configuration names: auth.secret or the key files. Where it names none, that of
// the store where nodes share one (not empty), or the signing secret in the data directory (see
// secrets.h).
Result<std::shared_ptr<const TokenKey>> open_token_key(const Config& config, MissingSecret missing,
                                                       const std::string& of_store = {});

}  // namespace kith
