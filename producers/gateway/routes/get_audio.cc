#include <utility>

#include "core/io/clock.h"
#include "core/io/http/header_values.h"
#include "producers/gateway/http/byte_range.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {
namespace {

using Verdict = SignedAddresses::Verdict;

Refusal no_such_audio() {
  return {http::status::not_found, "no_such_audio", "there is no such file"};
}

// None: the address is good.
std::optional<Refusal> refusal_of(const Call& call) {
  const std::string_view query = target_of(call.request).query;
  switch (call.services.addresses.check(call.parameter, query_value(query, "until"),
                                        query_value(query, "signature"), wall_clock())) {
    case Verdict::good:
      return std::nullopt;
    case Verdict::ended:
      return Refusal{http::status::forbidden, "address_ended",
                     "this address is good no more: the newest list has another one"};
    case Verdict::wrong:
      break;
  }
  return Refusal{http::status::forbidden, "bad_signature",
                 "this address was not signed here: take it as it stands in a list"};
}

void describe(HttpResponse& response, const Call& call, const std::string& tag) {
  response.set(http::field::etag, tag);
  response.set(http::field::accept_ranges, "bytes");
  // A key's file never changes; a copy may outlive the address, not the listener's right to it.
  response.set(
      http::field::cache_control,
      "private, max-age=" + std::to_string(call.services.settings.audio_valid_s) + ", immutable");
}

HttpResponse unsatisfiable(std::uint64_t size) {
  HttpResponse response = problem({http::status::range_not_satisfiable, "no_such_range",
                                   "the file has " + std::to_string(size) + " bytes"});
  response.set(http::field::content_range, "bytes */" + std::to_string(size));
  return response;
}

// The head of the response; what follows it is left in the call.
HttpResponse send(Call& call, std::shared_ptr<AudioFile> file, BodyBudget::Share room,
                  const std::string& tag) {
  const std::uint64_t size = file->bytes();
  const bool counts = call.request.method() == http::verb::get &&
                      range_counts(field(call.request, http::field::if_range), tag);
  const std::string_view range = field(call.request, http::field::range);
  const ByteRange wanted = read_range(counts ? range : std::string_view(), size);
  if (wanted.kind == ByteRange::Kind::unsatisfiable) return unsatisfiable(size);
  const bool part = wanted.kind == ByteRange::Kind::part;
  HttpResponse response{part ? http::status::partial_content : http::status::ok, 11};
  describe(response, call, tag);
  response.set(http::field::content_type, sound_type(call.parameter));
  if (part) {
    response.set(http::field::content_range, "bytes " + std::to_string(wanted.first) + "-" +
                                                 std::to_string(wanted.first + wanted.bytes - 1) +
                                                 "/" + std::to_string(size));
  }
  call.audio.emplace(AudioPart{.file = std::move(file),
                               .first = wanted.first,
                               .bytes = wanted.bytes,
                               .room = std::move(room)});
  return response;
}

}  // namespace

Answer get_audio(Call& call) {
  AudioFiles& files = call.services.audio;
  if (!files.served()) {
    co_return Refusal{
        http::status::not_found, "no_audio_here",
        "this gateway sends no composed music: it has no store.folder or store.s3_bucket"};
  }
  if (sound_type(call.parameter).empty()) co_return no_such_audio();
  if (auto refusal = refusal_of(call)) co_return std::move(*refusal);
  auto room = files.take_room(call.address);
  if (!room) {
    co_return Refusal{http::status::service_unavailable, "busy",
                      "too many files are on their way, to all or to this address", kSecond};
  }
  auto opened = co_await files.open(std::string(call.parameter));
  if (opened.away) {
    co_return Refusal{http::status::service_unavailable, "audio_away",
                      "where composed music is kept does not answer", kSecond};
  }
  if (!opened.file) co_return no_such_audio();
  const std::string tag = "\"" + std::string(call.parameter) + "\"";
  if (io::names_tag(field(call.request, http::field::if_none_match), tag)) {
    HttpResponse response{http::status::not_modified, 11};
    describe(response, call, tag);
    co_return response;
  }
  co_return send(call, std::move(opened.file), std::move(*room), tag);
}

}  // namespace segue::gateway
