// Jobs, results and decisions, as generators, gateways and recommenders read them, and what a
// generator keeps of them; the first byte says which.
#include "consumers/generator/worker/fate.h"
#include "consumers/generator/worker/open_jobs.h"
#include "core/generation/job.h"
#include "core/generation/published_decision.h"
#include "core/generation/result.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  using fuzz::read_as;
  const std::string_view json = fuzz::text_of(data + 1, size - 1);
  if (data[0] == 'j') read_as([](std::string_view job) { return decode_job(job); }, json);
  if (data[0] == 'd') read_as(decode_decision, json);
  if (data[0] == 'r') read_as(decode_result, json);
  if (data[0] == 'o') read_as(generator::decode_open_jobs, json);
  if (data[0] == 'f') read_as(generator::decode_fate, json);
  return 0;
}
