#include "consumers/worker/publisher.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "consumers/worker/smaller.h"

namespace segue {
namespace {

using Published = Publisher::Published;

// Pieces of a publication that are still to be sent, the next one last.
struct Rest {
  std::size_t of = 0;
  std::vector<io::Publication> pieces;
};

// Notes what became of a piece, and puts smaller ones in its place where it was refused.
void settle(const io::Sent& sent, const io::Publication& piece, Published& result,
            std::vector<io::Publication>& rest) {
  if (sent.in_log()) return;
  result.why = sent.why;
  if (sent.fate == io::Sent::Fate::unknown) {
    result.outcome = Publisher::Outcome::unknown;
    rest.clear();
    return;
  }
  std::vector<io::Publication> pieces = smaller(piece);
  if (pieces.empty()) result.outcome = Publisher::Outcome::left_out;
  std::ranges::reverse(pieces);
  std::ranges::move(pieces, std::back_inserter(rest));
}

}  // namespace

std::vector<Published> Publisher::publish(const std::vector<io::Publication>& publications) {
  std::vector<Published> published(publications.size());
  if (publications.empty()) return published;
  std::vector<Rest> rests;
  std::vector<io::Sent> sent = sink_.publish(publications);
  for (std::size_t i = 0; i < publications.size(); ++i) {
    Rest rest{.of = i, .pieces = {}};
    settle(sent[i], publications[i], published[i], rest.pieces);
    if (!rest.pieces.empty()) rests.push_back(std::move(rest));
  }
  while (!rests.empty()) {
    std::vector<io::Publication> next;
    for (Rest& rest : rests) {
      next.push_back(std::move(rest.pieces.back()));
      rest.pieces.pop_back();
    }
    sent = sink_.publish(next);
    for (std::size_t i = 0; i < next.size(); ++i) {
      settle(sent[i], next[i], published[rests[i].of], rests[i].pieces);
    }
    std::erase_if(rests, [](const Rest& rest) { return rest.pieces.empty(); });
  }
  return published;
}

}  // namespace segue
