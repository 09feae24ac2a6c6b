#include "tests/chaos/faulty_host.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace kith::test {

FaultyHost::FaultyHost() {
  const auto path = directory_.path() / "control";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof(fault_control)) != 0) {
    throw std::runtime_error("cannot make " + path.string());
  }
  void* mapped =
      ::mmap(nullptr, sizeof(fault_control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (mapped == MAP_FAILED) throw std::runtime_error("cannot map " + path.string());
  control_ = static_cast<fault_control*>(mapped);
}

FaultyHost::~FaultyHost() {
  ::munmap(control_, sizeof(fault_control));
}

TestServer::Launch FaultyHost::launch(const std::filesystem::path& data,
                                      std::string program) const {
  // The sanitizers want to be loaded first, and can do without.
  const char* given = std::getenv("ASAN_OPTIONS");
  const std::string asan = std::string(given == nullptr ? "" : given) + ":verify_asan_link_order=0";
  return {.program = std::move(program),
          .environment = {{"LD_PRELOAD", KITH_FAULT_SHIM},
                          {"ASAN_OPTIONS", asan},
                          {"KITH_SHIM", (directory_.path() / "control").string()},
                          {"KITH_SHIM_DATA", data.string()}}};
}

void FaultyHost::set(std::int64_t fault_control::*field, std::int64_t value) {
  std::atomic_ref(control_->*field).store(value);
}

std::int64_t FaultyHost::get(std::int64_t fault_control::*field) const {
  return std::atomic_ref(control_->*field).load();
}

void FaultyHost::heal() {
  for (const auto field :
       {&fault_control::full_files, &fault_control::space_bytes, &fault_control::write_error_files,
        &fault_control::short_write_files, &fault_control::fsync_error_files,
        &fault_control::fsyncs_before, &fault_control::fsync_errors, &fault_control::kill_files,
        &fault_control::kill_at_write, &fault_control::wall_offset_ns}) {
    set(field, 0);
  }
}

}  // namespace kith::test
