// Files of recorded listens, in each format; plain or gzip, as the reader tells by content.
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

#include "core/check.h"
#include "producers/replay/files/listen_row.h"
#include "producers/replay/files/listening.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

namespace {

constexpr int kEventsMax = 10'000;  // a gzip bomb is long

void replay(const std::string& path, const std::string& format) {
  static EventDecoder decoder;
  try {
    const auto listening = open_listens(path, format);
    for (int i = 0; i < kEventsMax; ++i) {
      const auto draft = listening->next();
      if (!draft) return;
      const EncodedEvent event = encode(*draft, "/fuzz");
      // Received at the end of time: of what is imported nothing lies in the future.
      const Record record{.partition = 0,
                          .offset = i,
                          .timestamp = kTimeMax,
                          .key = event.key,
                          .value = event.value,
                          .headers = event.headers};
      SEGUE_CHECK(decoder.decode(record).has_value());
    }
  } catch (const std::runtime_error&) {
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = memfd_create("listens", 0);
  SEGUE_CHECK(file >= 0);
  SEGUE_CHECK(write(file, data, size) == static_cast<ssize_t>(size));
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  for (const char* format : {"30music", "segue-csv", "sessions"}) replay(path, format);
  close(file);
  return 0;
}
