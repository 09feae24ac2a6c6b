// The machine under a kithd, made to fail by tests/chaos/shim: what its disk and its wall clock do
// is set here while it runs.
#pragma once

#include <atomic>
#include <filesystem>

#include "tests/chaos/shim/fault_control.h"
#include "tests/support/test_server.h"

namespace kith::test {

class FaultyHost {
 public:
  FaultyHost();
  ~FaultyHost();
  FaultyHost(const FaultyHost&) = delete;
  FaultyHost& operator=(const FaultyHost&) = delete;

  // For a server with its data in `data`. `program` as in TestServer::Launch.
  TestServer::Launch launch(const std::filesystem::path& data, std::string program = {}) const;

  void set(std::int64_t fault_control::*field, std::int64_t value);
  std::int64_t get(std::int64_t fault_control::*field) const;
  void heal();  // all that was set is as at first; what was counted stays

 private:
  TemporaryDirectory directory_;
  fault_control* control_;
};

}  // namespace kith::test
