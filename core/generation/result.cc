#include "core/generation/result.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/check.h"
#include "core/ids.h"
#include "core/wire/json_fields.h"
#include "core/wire/json_text.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, kStages> kNames = {
    "queued", "composing", "rendering", "checking", "ready", "reused", "expired", "failed"};
constexpr std::size_t kTextBytesMax = 1'024;
constexpr std::size_t kUrlBytesMax = 2'048;

using json::FieldReader;
using json::Need;

std::vector<StageTime> read_stages(FieldReader& fields) {
  std::vector<StageTime> stages;
  const auto list = fields.list("stages", kStages, Need::required);
  if (!list) return stages;
  for (const simdjson::dom::element each : *list) {
    simdjson::dom::object object;
    if (each.get(object) != simdjson::SUCCESS) {
      fields.fail("stages", "holds what is no object");
      return stages;
    }
    FieldReader one = fields.within("stages", object);
    const Stage stage = one.word("stage", stage_of, Stage::queued, Need::required);
    const Micros at = one.time("at", Need::required);
    fields.adopt(one);
    const bool in_order =
        stages.empty() || (stage > stages.back().stage && !is_end(stages.back().stage));
    if (!in_order) fields.fail("stages", "are not in their order");
    stages.push_back({stage, at});
  }
  if (stages.empty()) fields.fail("stages", "is empty");
  return stages;
}

void read_track(FieldReader& fields, GenerationResult& result) {
  const bool needed = is_end(result.stage()) && result.stage() != Stage::failed;
  const auto object = fields.object("track", needed ? Need::required : Need::optional);
  if (!object) return;
  FieldReader track = fields.within("track", *object);
  result.track_id = track.text("track_id", kIdBytesMax, Need::required);
  result.title = track.text("title", kTextBytesMax);
  result.duration_ms = static_cast<std::int32_t>(
      track.whole("duration_ms", 0, std::numeric_limits<std::int32_t>::max(), 0));
  result.audio_url = track.text("audio_url", kUrlBytesMax);
  fields.adopt(track);
}

void read_reason(FieldReader& fields, GenerationResult& result) {
  const bool needed = result.stage() == Stage::failed;
  const auto object = fields.object("reason", needed ? Need::required : Need::optional);
  if (!object) return;
  FieldReader reason = fields.within("reason", *object);
  result.reason = reason.text("code", kIdBytesMax, Need::required);
  result.detail = reason.text("text", kTextBytesMax);
  fields.adopt(reason);
}

}  // namespace

std::string_view name_of(Stage stage) { return kNames[static_cast<std::size_t>(stage)]; }

std::optional<Stage> stage_of(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Stage>(found - kNames.begin());
}

bool supersedes(const GenerationResult& later, const GenerationResult& earlier) {
  return !is_end(earlier.stage()) && later.stage() > earlier.stage();
}

std::string encode(const GenerationResult& result) {
  SEGUE_CHECK(!result.stages.empty());
  std::string out;
  json::ObjectWriter json(out);
  json.text("job_id", result.job_id);
  json.text("user_id", result.user_id);
  json.text("stage", name_of(result.stage()));
  json.member("stages") += '[';
  for (const StageTime& each : result.stages) {
    if (out.back() != '[') out += ',';
    json::ObjectWriter one(out);
    one.text("stage", name_of(each.stage));
    one.text("at", format_time(each.at));
    one.close();
  }
  out += ']';
  if (!result.rule.empty()) json.text("rule", result.rule);
  if (!result.track_id.empty()) {
    json::ObjectWriter track(json.member("track"));
    track.text("track_id", result.track_id);
    if (!result.title.empty()) track.text("title", result.title);
    if (result.duration_ms > 0) track.number("duration_ms", std::int64_t{result.duration_ms});
    if (!result.audio_url.empty()) track.text("audio_url", result.audio_url);
    track.close();
  }
  if (!result.reason.empty()) {
    json::ObjectWriter reason(json.member("reason"));
    reason.text("code", result.reason);
    if (!result.detail.empty()) reason.text("text", result.detail);
    reason.close();
  }
  json.close();
  return out;
}

Result<GenerationResult> decode_result(std::string_view text) {
  const auto document = json::Document::parse(text, kResultBytesMax);
  if (!document) return document.error();
  FieldReader fields(document->root());
  GenerationResult result;
  result.job_id = fields.text("job_id", kIdBytesMax, Need::required);
  result.user_id = fields.text("user_id", kIdBytesMax, Need::required);
  result.stages = read_stages(fields);
  const Stage said = fields.word("stage", stage_of, result.stage(), Need::required);
  if (!fields.failed() && said != result.stage()) fields.fail("stage", "is not the last of stages");
  result.rule = fields.text("rule", kIdBytesMax);
  read_track(fields, result);
  read_reason(fields, result);
  if (fields.failed()) return *fields.failed();
  return result;
}

}  // namespace segue
