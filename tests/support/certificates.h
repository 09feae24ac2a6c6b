// An authority, and a certificate of it, by default for 127.0.0.1 and localhost, made by openssl's
// own program.
#pragma once

#include <string>

#include "tests/support/process.h"

namespace kith::test {

class Certificates {
 public:
  // `names` as subjectAltName has them; throws std::runtime_error.
  explicit Certificates(const std::string& names = "DNS:localhost,IP:127.0.0.1");
  std::string authority() const { return path("ca.pem"); }
  std::string certificate() const { return path("server.pem"); }
  std::string key() const { return path("server.key"); }
  std::string path(const char* name) const { return (directory_.path() / name).string(); }

 private:
  TemporaryDirectory directory_;
};

}  // namespace kith::test
