#include "deploy/admin/reshard/reshard.h"

#include <atomic>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "consumers/worker/runtime.h"
#include "core/event/topics.h"
#include "core/io/redis/redis_keys.h"
#include "core/io/redis/redis_store.h"
#include "core/wire/json_text.h"
#include "deploy/admin/own_files.h"
#include "deploy/admin/reshard/move.h"
#include "deploy/admin/reshard/state.h"
#include "deploy/admin/topics.h"

namespace segue::admin {
namespace {

std::string hex(std::uint64_t hash) {
  std::ostringstream text;
  text << std::hex << std::setw(16) << std::setfill('0') << hash;
  return text.str();
}

std::string quoted(const std::string& prefix) { return "\"" + prefix + "\""; }

std::string changes_of(const Move& move) {
  std::string text;
  for (const auto& [topic, partitions] : move.will_be) {
    const std::int32_t was = move.was.at(topic);
    if (was == partitions) continue;
    text += (text.empty() ? "" : ", ") + topic + " " + std::to_string(was) + " -> " +
            std::to_string(partitions);
  }
  return text.empty() ? "no number of partitions changes" : text;
}

void say_plan(const Move& move, const Progress& progress) {
  if (progress.json()) return;
  progress.say("From prefix " + quoted(move.from.redis.prefix) + " to " +
               quoted(move.to.redis.prefix) + ": " + changes_of(move) + ".");
  if (move.again) progress.say("An earlier attempt did not end; this one begins again.");
}

// The target, which no worker takes until it is complete.
void begin(const Move& move, Progress& progress) {
  io::Meta meta{.library_version = std::string(io::kFunctionsVersion),
                .state_schema = io::kStateSchema,
                .incarnation = {},
                .partitions = {},
                .topics_prefix = move.to.kafka.prefix,
                .begins_at = move.to.kafka.begins_at,
                .incomplete = true,
                .moved_to = {}};
  const std::atomic<bool> never{false};
  for (const std::uint8_t byte : real_runtime(never).token()) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    meta.incarnation += kDigits[byte >> 4U];
    meta.incarnation += kDigits[byte & 0xFU];
  }
  for (const Topic& topic : move.topics) {
    meta.partitions.emplace_back(topic.name, topic.partitions);
  }
  io::initialise(move.to.redis, functions_text(move.from.admin), meta);
  wipe(move.to.redis, progress);
  const auto missing = missing_topics(move.to.kafka, move.topics);
  if (!missing.empty()) create_topics(move.to.kafka, missing, move.from.admin.replication);
}

void must_equal(const Digest& was, const Digest& is, const Shared& had, const Shared& has) {
  if (was == is && had == has) return;
  throw std::runtime_error(
      "What was copied is not what was there: something wrote meanwhile, or Redis lost something. "
      "The state stays where it was; run it again.");
}

void kind_json(json::ObjectWriter& out, std::string_view name, const Digest::Kind& kind) {
  std::string& at = out.member(name);
  json::ObjectWriter object(at);
  object.number("keys", kind.keys);
  object.text("hash", hex(kind.hash));
  object.close();
}

void say_json(const Move& move, const Digest& digest, const Shared& shared, std::uint64_t records,
              bool done) {
  std::string line;
  json::ObjectWriter out(line);
  out.member("done") += done ? "true" : "false";
  out.text("prefix", move.to.redis.prefix);
  out.number("begins_at", move.to.kafka.begins_at);
  kind_json(out, "listeners", digest.listeners);
  kind_json(out, "lists", digest.lists);
  kind_json(out, "items", digest.items);
  kind_json(out, "jobs", digest.jobs);
  out.number("fading", digest.fading);
  out.number("learned", shared.learned);
  out.number("pending", shared.pending);
  out.number("open_jobs", shared.open_jobs);
  out.number("records", records);
  out.close();
  std::cout << line << std::endl;
}

std::string text_of(std::string_view what, const Digest::Kind& kind) {
  return std::to_string(kind.keys) + " " + std::string(what) + " (" + hex(kind.hash) + ")";
}

void say_end(const Move& move, const Digest& digest, const Shared& shared, std::uint64_t records,
             Progress& progress) {
  if (progress.json()) return say_json(move, digest, shared, records, true);
  progress.say("Equal before and after: " + text_of("listeners", digest.listeners) + ", " +
               text_of("lists", digest.lists) + ", " + text_of("items", digest.items) + ", " +
               text_of("ends of jobs", digest.jobs) + "; " + std::to_string(shared.learned) +
               " lessons, " + std::to_string(shared.pending) + " models to broadcast, " +
               std::to_string(shared.open_jobs) + " open jobs; " + std::to_string(digest.fading) +
               " keys that end by themselves, counted alone.");
  progress.say("Give all programs: SEGUE_KAFKA_PREFIX=" + move.to.kafka.prefix +
               " SEGUE_REDIS_PREFIX=" + move.to.redis.prefix +
               " SEGUE_KAFKA_BEGINS_AT=" + std::to_string(move.to.kafka.begins_at));
}

}  // namespace

int reshard(const Config& config) {
  const Move move = plan_move(config);
  Progress progress(config.admin.json);
  say_plan(move, progress);
  if (config.admin.dry_run) {
    const Shared shared = shared_of(move.from, move.was);
    const Digest digest = digest_of(move.from.redis, progress, "keys read");
    if (progress.json()) {
      say_json(move, digest, shared, 0, false);
    } else {
      progress.say("Would move " + text_of("listeners", digest.listeners) + ", " +
                   text_of("items", digest.items) + ". Nothing was changed.");
    }
    return 0;
  }
  begin(move, progress);
  const Shared had = shared_of(move.from, move.was);
  const Shared has = move_shared(move);
  copy_keys(move, progress);
  const std::uint64_t records = copy_records(move, progress);
  const Digest was = digest_of(move.from.redis, progress, "keys compared, old");
  const Digest is = digest_of(move.to.redis, progress, "keys compared, new");
  must_equal(was, is, had, has);
  must_be_quiet(move);
  release_old(move);
  // First the old one is closed, then the new one opened: never can both be worked with.
  io::RedisKeys(move.from.redis).set_meta("moved_to", move.to.redis.prefix);
  io::RedisKeys(move.to.redis).remove_meta("incomplete");
  say_end(move, is, has, records, progress);
  return 0;
}

void Progress::say(const std::string& line) const { std::cout << line << std::endl; }

}  // namespace segue::admin
