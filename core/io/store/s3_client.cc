#include "core/io/store/s3_client.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "core/io/store/file_store.h"

namespace segue::io {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::string_view kNothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";  // SHA-256 of no bytes
constexpr milliseconds kFirstPause = 200ms;
constexpr milliseconds kLongestPause = 3'200ms;
constexpr milliseconds kLookEvery = 50ms;  // whether the program stops
// A page has a thousand names of at most a kilobyte each.
constexpr std::size_t kPageBytesMax = 4'000'000;
constexpr std::size_t kProblemBytesMax = 64 * 1024;

enum Status : long {
  kOk = 200,
  kNoContent = 204,
  kPartial = 206,
  kMoved = 301,
  kRedirected = 307,
  kForbidden = 403,
  kNotFound = 404,
  kUnsatisfiable = 416,
  kTooMany = 429,
  kServerAtFault = 500,
  kNotImplemented = 501,
};

S3Request request_for(std::string method, const std::string& name, std::size_t bytes_max = 0) {
  return {.method = std::move(method),
          .target = "/" + name,
          .body_sha256 = std::string(kNothing),
          .answer_bytes_max = std::max(bytes_max, kProblemBytesMax)};
}

// "Full jitter": anything up to a bound that doubles, so that those who failed together do not come
// back together.
milliseconds pause_after(int tries) {
  thread_local std::minstd_rand draws{std::random_device{}()};
  const auto longest = std::min(kLongestPause, kFirstPause * (1 << std::min(tries - 1, 10)));
  return milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, longest.count())(draws));
}

// Why it may go well another time; empty: it will not.
std::string passing_trouble(const S3Answer& answer) {
  if (answer.status < kMoved) return {};
  const std::string code = read_s3_problem(answer.body).code;
  const bool passes = (answer.status >= kServerAtFault && answer.status != kNotImplemented) ||
                      answer.status == kTooMany || code == "RequestTimeout" || code == "SlowDown";
  return passes ? "it answers " + std::to_string(answer.status) + (code.empty() ? "" : " " + code)
                : std::string();
}

}  // namespace

S3Client::S3Client(const StoreConfig& config, GiveUp stopping)
    : config_(config),
      stopping_(std::move(stopping)),
      place_("the bucket \"" + config.s3_bucket + "\" at " + s3_endpoint(config)) {
  check_s3(config);
}

void S3Client::put(const std::string& name, std::string_view bytes, const std::string& sha256,
                   const S3Deadline& deadline) {
  S3Request request = request_for("PUT", name);
  request.body = bytes;
  request.body_sha256 = sha256;
  const S3Answer answer = ask(request, deadline);
  if (answer.status != kOk) throw S3Refused(refusal_of(request, answer));
}

std::optional<std::uint64_t> S3Client::size(const std::string& name, const S3Deadline& deadline) {
  const S3Request request = request_for("HEAD", name);
  const S3Answer answer = ask(request, deadline);
  if (answer.status == kOk && answer.bytes) return answer.bytes;
  if (answer.status == kOk) throw S3Refused(place_ + " answers HEAD without a Content-Length");
  if (answer.status == kNotFound) return std::nullopt;
  throw S3Refused(refusal_of(request, answer));
}

std::optional<std::string> S3Client::get(const std::string& name, std::size_t bytes_max,
                                         const S3Deadline& deadline) {
  const S3Request request = request_for("GET", name, bytes_max);
  S3Answer answer = ask(request, deadline);
  if (answer.status == kOk) return std::move(answer.body);
  if (read_s3_problem(answer.body).code == "NoSuchKey") return std::nullopt;
  throw S3Refused(refusal_of(request, answer));
}

bool S3Client::get(const std::string& name, std::uint64_t from, std::span<char> into,
                   const S3Deadline& deadline) {
  if (into.empty()) return true;
  S3Request request = request_for("GET", name, into.size());
  request.range = std::to_string(from) + "-" + std::to_string(from + into.size() - 1);
  const S3Answer answer = ask(request, deadline);
  if (answer.status == kPartial && answer.body.size() == into.size()) {
    std::ranges::copy(answer.body, into.begin());
    return true;
  }
  const bool shorter = answer.status == kPartial || answer.status == kUnsatisfiable;
  if (shorter || read_s3_problem(answer.body).code == "NoSuchKey") return false;
  throw S3Refused(refusal_of(request, answer));
}

void S3Client::remove(const std::string& name, const S3Deadline& deadline) {
  const S3Request request = request_for("DELETE", name);
  const S3Answer answer = ask(request, deadline);
  if (answer.status == kOk || answer.status == kNoContent) return;
  if (read_s3_problem(answer.body).code == "NoSuchKey") return;
  throw S3Refused(refusal_of(request, answer));
}

void S3Client::list(const std::string& prefix, const std::function<void(const S3Object&)>& take,
                    const S3Deadline& deadline) {
  // In the order of their names, as a signature wants them.
  const std::string query = "list-type=2&prefix=" + query_encoded(prefix);
  S3Page at = page(query, deadline);
  for (;;) {
    for (const S3Object& object : at.objects) take(object);
    if (at.next.empty()) return;
    at = page("continuation-token=" + query_encoded(at.next) + "&" + query, deadline);
  }
}

void S3Client::look(const std::string& prefix, const S3Deadline& deadline) {
  page("list-type=2&max-keys=1&prefix=" + query_encoded(prefix), deadline);
}

S3Page S3Client::page(const std::string& query, const S3Deadline& deadline) {
  S3Request request = request_for("GET", "", kPageBytesMax);
  request.query = query;
  const S3Answer answer = ask(request, deadline);
  if (answer.status != kOk) throw S3Refused(refusal_of(request, answer));
  auto page = read_s3_page(answer.body);
  if (page) return std::move(*page);
  throw S3Refused(place_ + " answers no list of objects: is store.s3_endpoint a server of S3?");
}

S3Answer S3Client::ask(const S3Request& request, const S3Deadline& deadline) {
  const auto began = Clock::now();
  for (int tries = 1;; ++tries) {
    std::string trouble;
    try {
      S3Answer answer = ask_once(request, deadline);
      trouble = passing_trouble(answer);
      if (trouble.empty()) return answer;
    } catch (const S3Away& away) {
      trouble = away.what();
    } catch (const S3Refused& refused) {
      throw S3Refused(place_ + ": " + refused.what());
    }
    const milliseconds span = pause_after(tries);
    if (tries >= deadline.tries_max || Clock::now() + span - began > deadline.again) {
      throw S3Away(place_ + " is away: " + trouble);
    }
    pause(span, deadline);
  }
}

void S3Client::pause(milliseconds span, const S3Deadline& deadline) const {
  const auto until = Clock::now() + span;
  const bool looks = deadline.ends_with_program && stopping_;
  for (auto now = Clock::now(); now < until; now = Clock::now()) {
    if (looks && stopping_()) throw StoreGivenUp();
    std::this_thread::sleep_for(std::min<Clock::duration>(until - now, kLookEvery));
  }
}

// A connection that failed is not used again.
S3Answer S3Client::ask_once(const S3Request& request, const S3Deadline& deadline) {
  std::unique_ptr<S3Wire> wire;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      wire = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!wire) wire = std::make_unique<S3Wire>(config_);
  S3Answer answer =
      wire->ask(request, deadline.a_try, deadline.ends_with_program ? stopping_ : GiveUp());
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(wire));
  return answer;
}

// Says what a person should do. The answer to a HEAD has no text, and so no code.
std::string S3Client::refusal_of(const S3Request& request, const S3Answer& answer) const {
  const auto [code, told_region] = read_s3_problem(answer.body);
  const std::string region = told_region.empty() ? answer.region : told_region;
  if (code == "NoSuchBucket") {
    return place_ + " does not exist: create it, or correct store.s3_bucket";
  }
  if (code == "InvalidAccessKeyId") {
    return place_ + " does not know the key: correct store.s3_access_key";
  }
  if (code == "SignatureDoesNotMatch") {
    return place_ +
           " refuses the signature: store.s3_secret_key is not the secret of store.s3_access_key";
  }
  if (code == "RequestTimeTooSkewed" || code == "RequestExpired") {
    return place_ + " has another time than this machine: set its clock, by NTP";
  }
  if (code == "AuthorizationHeaderMalformed" || code == "PermanentRedirect" ||
      answer.status == kMoved || answer.status == kRedirected) {
    return place_ + " is elsewhere: set store.s3_region" +
           (region.empty() ? std::string(" to its region") : " = \"" + region + "\"") +
           ", and store.s3_endpoint to that region's if it is given";
  }
  if (code == "AccessDenied" || answer.status == kForbidden) {
    return place_ + " refuses " + request.method +
           " to the key: allow it s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject";
  }
  return place_ + " refuses " + request.method + ": " + std::to_string(answer.status) +
         (code.empty() ? "" : " " + code);
}

}  // namespace segue::io
