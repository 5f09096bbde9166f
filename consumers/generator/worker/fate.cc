#include "consumers/generator/worker/fate.h"

#include "core/check.h"

namespace segue::generator {

std::string job_key(std::string_view job_id) { return "j:" + std::string(job_id); }

std::string encode(const Fate& fate) {
  SEGUE_CHECK(fate.end);
  GenerationResult nameless = *fate.end;
  nameless.user_id = nameless.job_id;
  return segue::encode(nameless);
}

Result<Fate> decode_fate(std::string_view blob) {
  auto end = decode_result(blob);
  if (!end) return end.error();
  if (!is_end(end->stage())) return error(Reason::bad_field, "stage: expected an end");
  return Fate{std::move(*end)};
}

}  // namespace segue::generator
