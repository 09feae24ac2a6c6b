// Whatever these tests are about, what the server answers in them is held to its own documents.
#include "tests/support/contract.h"

namespace kith::test {
namespace {

[[maybe_unused]] const bool kWatched = watch_contract();

}  // namespace
}  // namespace kith::test
