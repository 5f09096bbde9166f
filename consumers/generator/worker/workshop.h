#pragma once

#include <optional>
#include <vector>

#include "consumers/generator/production.h"
#include "consumers/generator/worker/composed_catalogue.h"
#include "consumers/generator/worker/studio.h"
#include "core/config.h"
#include "core/io/health_server.h"
#include "core/io/ports.h"
#include "core/io/store/file_store.h"

namespace segue::generator {

// Makes the pieces of a studio: composes, renders, labels, and keeps the files. A missing SoundFont
// or a full disk fails the job with its reason; the next one tries again. `part` names it in the
// health, where each thread has its own: what one cannot play is not hidden by another. One thread.
class Workshop {
 public:
  Workshop(const AudioConfig& audio, io::FileStore& store, const ComposedCatalogue& tracks,
           io::Sink& sink, io::Health& health, std::string part);

  // Loads the SoundFont; where it cannot, the program is not ready and jobs fail.
  void prepare();
  // Throws as Studio::Make does.
  Made make(const GenerationJob& job, const Production::OnProgress& on_progress);

 private:
  std::optional<Piece> produce(const GenerationJob& job, const Production::OnProgress& on_progress,
                               Made& made);
  void withdraw(const std::vector<std::string>& store_keys);

  const AudioConfig& audio_;
  io::FileStore& store_;
  const ComposedCatalogue& tracks_;
  io::Sink& sink_;
  io::Health& health_;
  const std::string part_;  // its name in the health
  std::optional<Production> production_;
};

}  // namespace segue::generator
