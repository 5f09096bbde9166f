#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consumers/generator/worker/composed_catalogue.h"
#include "consumers/generator/worker/fate.h"
#include "consumers/generator/worker/open_jobs.h"
#include "consumers/generator/worker/studio.h"
#include "consumers/worker/outbox.h"
#include "consumers/worker/state_cache.h"
#include "core/generation/job.h"
#include "core/io/store/file_store.h"

namespace segue::generator {

struct AskedFor {
  GenerationJob job;
  std::optional<Error> unmet;  // why nothing can be composed from it
};

// The generator's part of the worker loop: jobs in; results and catalogue entries out. A job is
// taken from the topic at once and waits among the partition's open jobs; pieces are made one at a
// time in the studio, and what it says becomes the next batches. So a crash at any point leaves the
// job open, and the next owner of the partition makes the same piece again:
//   1. composing is published and the try counted; once that is stored, the studio begins
//   2. the files are kept, by what they hold
//   3. the catalogue's entry is published; once that is stored,
//   4. the end is published, and the job's fate stored in its place
// One a thread.
class Generator {
 public:
  using Input = AskedFor;
  using State = Fate;
  using Shared = OpenJobs;

  // A job whose making ended with the process so often is given up: it may be what ends it.
  static constexpr std::uint32_t kTriesMax = 8;

  Generator(std::unique_ptr<Studio> studio, const ComposedCatalogue& tracks, io::FileStore& store,
            std::function<Micros()> now);

  Result<AskedFor> decode(const Record& record) const;
  void keys(const AskedFor& asked, std::vector<std::string>& keys) const;
  Fate fresh_state() const { return {}; }
  Result<Fate> decode_state(std::string_view blob) const { return decode_fate(blob); }
  Result<OpenJobs> decode_shared(std::string_view blob);
  bool pending(const OpenJobs& open);
  void due(const OpenJobs& open, std::vector<std::string>& keys) const;
  bool fades(const Fate&) const { return true; }
  bool gone(const Fate& fate) const { return !fate.end; }

  void step(const AskedFor& asked, const Record& record, States<Fate>& fates, OpenJobs& open,
            Outbox& outbox);
  void refused(io::BatchReport& report) const;
  void close(States<Fate>& fates, OpenJobs& open, Outbox& outbox, std::int64_t first,
             std::int64_t next);
  void tell(io::BatchReport& report);

 private:
  // The job that the studio makes, or is about to.
  struct Running {
    std::string job;
    std::weak_ptr<Bench> bench;
    bool begun = false;
  };

  void hold(const std::shared_ptr<Bench>& bench);
  void forget_lost();
  bool is_turn_of(const Bench& bench) const;
  void begin_chosen(const OpenJobs& open);
  void tell_ends(States<Fate>& fates, Bench& bench, Outbox& outbox);
  void tell_end(const OpenJob& one, States<Fate>& fates, Outbox& outbox) const;
  void take_news(Bench& bench, Outbox& outbox);
  void finish(OpenJob& one, const Made& made, Outbox& outbox) const;
  void choose(const std::shared_ptr<Bench>& bench, Outbox& outbox);
  bool ends_unmade(OpenJob& one) const;
  bool may_be_kept(const std::string& audio_url) const;
  void advance(OpenJob& one, segue::Stage stage, Micros at, Outbox& outbox) const;
  void fail(OpenJob& one, std::string reason, std::string detail) const;

  const std::unique_ptr<Studio> studio_;
  const ComposedCatalogue& tracks_;
  io::FileStore& store_;
  const std::function<Micros()> now_;
  std::vector<std::weak_ptr<Bench>> benches_;  // of the partitions that are held
  std::optional<Running> running_;
};

}  // namespace segue::generator
