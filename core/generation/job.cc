#include "core/generation/job.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <optional>

#include "core/ids.h"
#include "core/wire/json_fields.h"
#include "core/wire/json_text.h"

namespace segue {
namespace {

constexpr std::string_view kTrackPrefix = "segue-composed-";

using json::FieldReader;
using json::Need;

std::string hex(std::uint64_t value) { return item_key(ItemId{value}); }

bool is_job_id(std::string_view id) {
  return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string job_id_of(std::string_view user_id, std::uint64_t session, std::string_view event_id,
                      std::int64_t offset) {
  // Lengths first, so that no two sets of texts run together into one.
  std::string all = std::to_string(user_id.size()) + ':';
  all.append(user_id).append(std::to_string(event_id.size()) + ':').append(event_id);
  all += std::to_string(session) + ':' + std::to_string(offset);
  const XXH128_hash_t hash = XXH3_128bits(all.data(), all.size());
  return hex(hash.high64) + hex(hash.low64);
}

std::string composed_track_id(std::string_view job_id) {
  return std::string(kTrackPrefix).append(job_id);
}

std::string_view composed_by(std::string_view track_id) {
  return is_composed_id(track_id) ? track_id.substr(kTrackPrefix.size()) : std::string_view();
}

bool is_composed_id(std::string_view track_id) { return track_id.starts_with(kTrackPrefix); }

std::string encode(const GenerationJob& job) {
  std::string out;
  json::ObjectWriter json(out);
  json.text("job_id", job.id);
  json.number("schema_version", kJobSchemaVersion);
  json.text("user_id", job.user_id);
  json.text("created", format_time(job.created));
  json.text("deadline", format_time(job.deadline));
  json.number("priority", std::int64_t{job.priority});
  json.member("specification") += encode(job.specification);
  append(json.member("trigger"), job.trigger);
  if (!job.parent_track_id.empty()) json.text("parent_track_id", job.parent_track_id);
  if (!job.wish.empty()) json.text("wish", job.wish);
  if (job.must_be_new) json.member("must_be_new") += "true";
  if (!job.traceparent.empty()) json.text("traceparent", job.traceparent);
  json.close();
  return out;
}

Result<GenerationJob> decode_job(std::string_view text) {
  std::optional<Error> unmet;
  auto job = decode_job(text, unmet);
  if (job && unmet) return *unmet;
  return job;
}

Result<GenerationJob> decode_job(std::string_view text, std::optional<Error>& unmet) {
  const auto document = json::Document::parse(text, kJobBytesMax);
  if (!document) return document.error();
  FieldReader fields(document->root());
  if (fields.whole("schema_version", 1, INT32_MAX, kJobSchemaVersion) > kJobSchemaVersion) {
    return error(Reason::unknown_version, "schema_version is of a newer build");
  }
  GenerationJob job;
  job.id = fields.text("job_id", kIdBytesMax, Need::required);
  if (!fields.failed() && !is_job_id(job.id)) fields.fail("job_id", "is not 32 hex digits");
  job.user_id = fields.text("user_id", kIdBytesMax, Need::required);
  job.created = fields.time("created", Need::required);
  job.deadline = fields.time("deadline", Need::required);
  job.priority = static_cast<std::int32_t>(fields.whole("priority", 0, 9, 0));
  job.parent_track_id = fields.text("parent_track_id", kIdBytesMax);
  job.wish = fields.text("wish", kWishBytesMax);
  job.must_be_new = fields.flag("must_be_new", false);
  job.traceparent = fields.text("traceparent", kTraceparentBytesMax);
  if (const auto trigger = fields.object("trigger", Need::required)) {
    job.trigger = read_trigger(fields.within("trigger", *trigger), fields);
  }
  const auto wanted = fields.object("specification", Need::required);
  if (fields.failed()) return *fields.failed();
  auto specification = decode_specification(simdjson::minify(*wanted));
  if (specification) {
    job.specification = std::move(*specification);
  } else {
    unmet = specification.error();
  }
  return job;
}

}  // namespace segue
