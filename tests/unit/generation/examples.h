#pragma once

#include <vector>

#include "core/generation/job.h"
#include "core/generation/result.h"

// A full example of each message between recommenders and generators.
namespace segue::test {

inline GenerationJob full_job() {
  GenerationJob job;
  job.id = job_id_of("ada", 7, "e-1", 12);
  job.user_id = "ada";
  job.specification = *checked({.genre = "jazz", .mood = "calm", .tempo_bpm = 60, .seed = 7});
  Decision& decision = job.trigger.decision;
  decision.choice = decision.unforced = Course::generate;
  decision.rule = Rule::skips;
  decision.propensity = 0.5;
  decision.signals = {.setting = {.mode = AiMode::on, .refused = bit_of(AiPart::voice)},
                      .requested = true,
                      .wish = true,
                      .fit = 0.25F,
                      .unheard_fit = 0.125F,
                      .match = 0.5F,
                      .heard_share = 0.75F,
                      .early_skips = 2,
                      .distance = 0.5F,
                      .known = false,
                      .budget = 2.5F,
                      .global_budget = 100,
                      .lag_s = 1.5F,
                      .composing = true};
  decision.bars = {.high = 0.5F, .low = 0.25F, .leave = 0.375F};
  job.trigger.cause_id = "e-1";
  job.trigger.cause_type = "playback.skipped";
  job.created = 1'795'262'400 * kSecond;
  job.deadline = job.created + 2 * kMinute;
  job.priority = 1;
  job.parent_track_id = "segue-composed-0";
  job.wish = same_wish(job.specification);
  job.must_be_new = true;
  job.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  return job;
}

// One that is ready first, one that failed last.
inline std::vector<GenerationResult> results() {
  GenerationResult ready{.job_id = full_job().id,
                         .user_id = "ada",
                         .stages = {},
                         .rule = "skips",
                         .track_id = "segue-composed-1",
                         .title = "Slow \"rain\"",
                         .duration_ms = 60'000,
                         .audio_url = "/v1/audio/segue-composed-1.flac",
                         .reason = {},
                         .detail = {}};
  Micros at = full_job().created;
  for (const Stage stage :
       {Stage::queued, Stage::composing, Stage::rendering, Stage::checking, Stage::ready}) {
    ready.stages.push_back({stage, at += kSecond});
  }
  GenerationResult queued{.job_id = ready.job_id,
                          .user_id = "ada",
                          .stages = {{Stage::queued, at}},
                          .rule = {},
                          .track_id = {},
                          .title = {},
                          .duration_ms = 0,
                          .audio_url = {},
                          .reason = {},
                          .detail = {}};
  GenerationResult failed = queued;
  failed.stages = {{Stage::failed, at}};
  failed.reason = "soundfont";
  failed.detail = "The soundfont is missing";
  return {ready, queued, failed};
}

}  // namespace segue::test
