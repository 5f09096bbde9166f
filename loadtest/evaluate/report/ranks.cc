#include "loadtest/evaluate/report/ranks.h"

#include <ostream>

#include "loadtest/evaluate/figures/summary.h"

namespace segue {

void write_ranks(std::ostream& out, const Evaluated& result) {
  out << "event\tlistener\ttarget\tproposed";
  for (const Lane& lane : result.lanes) out << '\t' << lane.name;
  out << '\n';
  for (std::size_t i = 0; i < result.listens.size(); ++i) {
    const ScoredListen& listen = result.listens[i];
    if ((listen.groups & kAnyListen) == 0) continue;
    out << listen.event << '\t' << listen.listener << '\t'
        << kKindNames[static_cast<std::size_t>(listen.kind)].json << '\t'
        << (result.mix().verdicts[i].candidate ? 1 : 0);
    for (const Lane& lane : result.lanes) out << '\t' << int{lane.verdicts[i].rank};
    out << '\n';
  }
}

}  // namespace segue
