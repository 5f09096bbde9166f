#include "consumers/generator/worker/open_jobs.h"

#include <simdjson.h>

#include "core/wire/json_fields.h"
#include "core/wire/json_text.h"

namespace segue::generator {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::int64_t kTriesMax = 1'000'000;
constexpr std::size_t kRimBytesMax = 256;  // of an open job, beside job and result
constexpr std::size_t kBytesMax =
    kRimBytesMax + OpenJobs::kMax * (kJobBytesMax + kResultBytesMax + kRimBytesMax);

using json::FieldReader;
using json::Need;

Result<OpenJob> read_one(const FieldReader& all, simdjson::dom::object object) {
  FieldReader fields = all.within("jobs", object);
  OpenJob one;
  one.tries = static_cast<std::uint32_t>(fields.whole("tries", 0, kTriesMax, 0));
  const auto job = fields.object("job", Need::required);
  const auto result = fields.object("result", Need::required);
  if (fields.failed()) return *fields.failed();
  auto read_job = decode_job(simdjson::minify(*job));
  if (!read_job) return read_job.error();
  auto read_result = decode_result(simdjson::minify(*result));
  if (!read_result) return read_result.error();
  one.job = std::move(*read_job);
  one.result = std::move(*read_result);
  return one;
}

}  // namespace

std::string encode(const OpenJobs& open) {
  std::string blob;
  json::ObjectWriter out(blob);
  out.number("version", kVersion);
  out.member("jobs") += '[';
  for (const OpenJob& each : *open.bench) {
    if (blob.back() != '[') blob += ',';
    json::ObjectWriter one(blob);
    one.member("job") += segue::encode(each.job);
    one.member("result") += segue::encode(each.result);
    one.number("tries", std::int64_t{each.tries});
    one.close();
  }
  blob += ']';
  out.close();
  return blob;
}

Result<OpenJobs> decode_open_jobs(std::string_view blob) {
  const auto document = json::Document::parse(blob, kBytesMax);
  if (!document) return document.error();
  FieldReader fields(document->root());
  const std::int64_t version = fields.whole("version", 1, INT32_MAX, 0);
  if (version != kVersion) return error(Reason::unknown_version, "version: expected 1");
  const auto jobs = fields.list("jobs", OpenJobs::kMax, Need::required);
  if (fields.failed()) return *fields.failed();
  OpenJobs open;
  for (const simdjson::dom::element each : *jobs) {
    simdjson::dom::object object;
    if (each.get(object) != simdjson::SUCCESS)
      return error(Reason::bad_field, "jobs holds what is no object");
    auto one = read_one(fields, object);
    if (!one) return one.error();
    open.bench->push_back(std::move(*one));
  }
  return open;
}

}  // namespace segue::generator
