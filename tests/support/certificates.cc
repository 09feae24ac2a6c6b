#include "tests/support/certificates.h"

#include <stdexcept>

namespace kith::test {
namespace {

void openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/usr/bin/openssl");
  const Output made = run(std::move(arguments));
  if (made.status != 0) throw std::runtime_error("openssl: " + made.err);
}

}  // namespace

Certificates::Certificates(const std::string& names) {
  openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
           "-keyout", path("ca.key"), "-out", authority(), "-subj", "/CN=test authority", "-days",
           "2"});
  openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
           key(), "-out", path("server.csr"), "-subj", "/CN=server"});
  write_file(directory_.path() / "names", "subjectAltName=" + names + "\n");
  openssl({"x509", "-req", "-in", path("server.csr"), "-CA", authority(), "-CAkey", path("ca.key"),
           "-CAcreateserial", "-out", certificate(), "-days", "2", "-extfile", path("names")});
}

}  // namespace kith::test
