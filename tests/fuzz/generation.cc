// Jobs, results and decisions, as generators, gateways and recommenders read them, and what a
// generator keeps of them; the first byte says which.
#include "consumers/generator/worker/fate.h"
#include "consumers/generator/worker/open_jobs.h"
#include "core/check.h"
#include "core/generation/job.h"
#include "core/generation/published_decision.h"
#include "core/generation/result.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

namespace {

// Messages that were read are written, and read back as the same.
template <class Decode>
void read_as(Decode decode, std::string_view json) {
  const auto read = decode(json);
  if (!read) {
    SEGUE_CHECK(!read.error().detail.empty());
    return;
  }
  const std::string written = encode(*read);
  const auto again = decode(written);
  SEGUE_CHECK(again.has_value());
  SEGUE_CHECK(encode(*again) == written);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view json = fuzz::text_of(data + 1, size - 1);
  if (data[0] == 'j') read_as([](std::string_view job) { return decode_job(job); }, json);
  if (data[0] == 'd') read_as(decode_decision, json);
  if (data[0] == 'r') read_as(decode_result, json);
  if (data[0] == 'o') read_as(generator::decode_open_jobs, json);
  if (data[0] == 'f') read_as(generator::decode_fate, json);
  return 0;
}
