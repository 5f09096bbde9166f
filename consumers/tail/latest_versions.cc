#include "consumers/tail/latest_versions.h"

namespace segue::tail {

bool LatestVersions::take(const std::string& user_id, std::int64_t version) {
  const auto [at, first] = versions_.try_emplace(user_id, version);
  if (!first) {
    if (version <= at->second) return false;
    at->second = version;
    return true;
  }
  met_.push_back(user_id);
  if (met_.size() > listeners_max_) {
    versions_.erase(met_.front());
    met_.pop_front();
  }
  return true;
}

}  // namespace segue::tail
