#include "deploy/admin/generate/targets.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/io/settings/settings.h"
#include "core/wire/json_text.h"

namespace segue::admin {
namespace {

// As deploy/package installs them.
constexpr std::string_view kInstalled =
    "segue-gateway=127.0.0.1:9470,segue-recommender=127.0.0.1:9471,"
    "segue-trainer=127.0.0.1:9472,segue-generator=127.0.0.1:9473";
constexpr std::array<std::string_view, 6> kJobs = {
    "segue-recommender", "segue-trainer", "segue-gateway", "segue-generator", "kafka", "redis"};
// Those that the alert SegueAbsent waits for: the first ones.
constexpr std::size_t kNeeded = 3;
constexpr unsigned kPortMax = 65'535;

[[noreturn]] void refuse(const std::string& why) {
  throw io::SettingsError("admin.targets: " + why);
}

bool is_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  if (text.find_first_of(" \t\"\\/") != std::string_view::npos) return false;
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + colon + 1, end, port);
  return read.ec == std::errc() && read.ptr == end && port > 0 && port <= kPortMax;
}

Target read_target(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string given = "\"" + std::string(text) + "\"";
  if (equals == std::string_view::npos) refuse(given + " is not JOB=HOST:PORT");
  Target target{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
  if (std::ranges::find(kJobs, target.job) == kJobs.end()) {
    refuse("rules and boards know no job \"" + target.job + "\"" + "; the nearest is " +
           io::nearest(target.job, {kJobs.begin(), kJobs.end()}));
  }
  if (!is_address(target.address)) refuse(given + " names no HOST:PORT");
  return target;
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::vector<Target> read_targets(std::string_view text) {
  if (text.empty()) text = kInstalled;
  std::vector<Target> targets;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    Target target = read_target(without_blanks(text.substr(at, comma - at)));
    if (std::ranges::find(targets, target.address, &Target::address) != targets.end()) {
      refuse(target.address + " stands there twice");
    }
    targets.push_back(std::move(target));
    at = comma + 1;
  }
  for (std::size_t i = 0; i < kNeeded; ++i) {
    if (std::ranges::find(targets, kJobs[i], &Target::job) != targets.end()) continue;
    refuse("no " + std::string(kJobs[i]) + " is among them, so SegueAbsent would never rest");
  }
  return targets;
}

std::string targets_json(const std::vector<Target>& targets) {
  std::string text = "[";
  std::array<int, kJobs.size()> count{};
  for (const Target& target : targets) {
    const auto job = std::ranges::find(kJobs, target.job) - kJobs.begin();
    const std::string number = std::to_string(++count.at(static_cast<std::size_t>(job)));
    text += text.size() > 1 ? ",\n " : "\n ";
    json::ObjectWriter out(text);
    std::string& list = out.member("targets");
    list += '[';
    json::append_string(list, target.address);
    list += ']';
    json::ObjectWriter labels(out.member("labels"));
    labels.text("job", target.job);
    labels.text("instance", target.job + "-" + number);
    labels.close();
    out.close();
  }
  return text + "\n]\n";
}

}  // namespace segue::admin
