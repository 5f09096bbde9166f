#include "core/generation/published_decision.h"

#include <simdjson.h>

#include <array>

#include "core/generation/job.h"
#include "core/ids.h"
#include "core/wire/json_fields.h"
#include "core/wire/json_text.h"

namespace segue {
namespace {

using json::FieldReader;
using json::Need;

constexpr std::array<std::string_view, kAnswers> kAnswerNames = {"none", "listed", "offered",
                                                                 "ordered", "refused"};
// "<topic>/<partition>/<offset>/<n>"
constexpr std::size_t kDecisionIdBytesMax = 320;

std::optional<Answer> answer_named(std::string_view name) {
  for (std::size_t i = 0; i < kAnswers; ++i) {
    if (kAnswerNames[i] == name) return static_cast<Answer>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Answer answer) { return kAnswerNames[static_cast<std::size_t>(answer)]; }

std::string encode(const PublishedDecision& decision) {
  std::string out;
  json::ObjectWriter json(out);
  json.text("decision_id", decision.id);
  json.number("schema_version", kDecisionSchemaVersion);
  json.text("user_id", decision.user_id);
  json.text("time", format_time(decision.time));
  append(json.member("decision"), decision.trigger);
  json.text("answer", name_of(decision.answer));
  if (!decision.job_id.empty()) json.text("job_id", decision.job_id);
  if (!decision.track_id.empty()) json.text("track_id", decision.track_id);
  if (!decision.wish.empty()) json.text("wish", decision.wish);
  if (decision.specification) json.member("specification") += encode(*decision.specification);
  json.close();
  return out;
}

Result<PublishedDecision> decode_decision(std::string_view text) {
  const auto document = json::Document::parse(text, kDecisionBytesMax);
  if (!document) return document.error();
  FieldReader fields(document->root());
  if (fields.whole("schema_version", 1, INT32_MAX, kDecisionSchemaVersion) >
      kDecisionSchemaVersion) {
    return error(Reason::unknown_version, "schema_version is of a newer build");
  }
  PublishedDecision decision;
  decision.id = fields.text("decision_id", kDecisionIdBytesMax, Need::required);
  decision.user_id = fields.text("user_id", kIdBytesMax, Need::required);
  decision.time = fields.time("time", Need::required);
  decision.answer = fields.word("answer", answer_named, Answer::none);
  decision.job_id = fields.text("job_id", kIdBytesMax);
  decision.track_id = fields.text("track_id", kIdBytesMax);
  decision.wish = fields.text("wish", kWishBytesMax);
  if (const auto trigger = fields.object("decision", Need::required)) {
    decision.trigger = read_trigger(fields.within("decision", *trigger), fields);
  }
  const auto wanted = fields.object("specification", Need::optional);
  if (fields.failed()) return *fields.failed();
  if (!wanted) return decision;
  auto specification = decode_specification(simdjson::minify(*wanted));
  if (!specification) return specification.error();
  decision.specification = std::move(*specification);
  return decision;
}

}  // namespace segue
