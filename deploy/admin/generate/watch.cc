#include <iostream>

#include "core/event/topics.h"
#include "deploy/admin/generate/generate.h"
#include "deploy/admin/generate/partitions.h"
#include "deploy/admin/generate/targets.h"
#include "deploy/admin/generate/tree.h"
#include "deploy/admin/own_files.h"

namespace segue::admin {
namespace {

constexpr std::string_view kStart =
    "Start it there: prometheus --config.file=prometheus.yml --web.console.templates=consoles "
    "--web.console.libraries=consoles --web.user-assets=assets\n";

}  // namespace

int generate_watch(const Config& config) {
  check_out(config.admin.out);
  const auto targets = read_targets(config.admin.targets);
  const Partitions partitions = partitions_of(config.admin);
  Tree tree = read_tree(watch_folder());
  tree["targets.json"] = targets_json(targets);
  owned_by(partitions, tree, "rules/causes.yml");
  write_tree(tree, config.admin.out);
  std::cout << "Wrote " << tree.size() << " files to " << config.admin.out << ": " << targets.size()
            << " targets, " << partitions.events << " partitions of " << topic::kEvents << ", "
            << partitions.signals << " of " << topic::kItemSignals << ".\n"
            << kStart << std::flush;
  return 0;
}

}  // namespace segue::admin
