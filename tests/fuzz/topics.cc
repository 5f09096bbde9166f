// deploy/topics.toml, as an operator may have edited it.
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

#include "core/check.h"
#include "deploy/admin/topics_file.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = memfd_create("topics", 0);
  SEGUE_CHECK(file >= 0);
  SEGUE_CHECK(write(file, data, size) == static_cast<ssize_t>(size));
  try {
    (void)segue::admin::read_topics("/proc/self/fd/" + std::to_string(file));
  } catch (const std::runtime_error&) {
  }
  close(file);
  return 0;
}
