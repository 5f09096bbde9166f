#include "deploy/admin/doctor/doctor.h"

#include <algorithm>
#include <iostream>
#include <string>

#include "core/wire/json_text.h"
#include "deploy/admin/doctor/findings.h"

namespace segue::admin {
namespace {

constexpr std::string_view kWords[] = {"ok", "warning", "failed"};
constexpr std::size_t kWidth = 9;

}  // namespace

void Findings::say(State state, std::string_view check, std::string_view what,
                   std::string_view remedy) {
  failed_ = failed_ || state == State::failed;
  const std::string_view word = kWords[static_cast<std::size_t>(state)];
  std::string line;
  if (json_) {
    json::ObjectWriter object(line);
    object.text("check", check);
    object.text("state", word);
    object.text("says", what);
    if (!remedy.empty()) object.text("remedy", remedy);
    object.close();
  } else {
    line.append(word).append(kWidth - word.size(), ' ').append(check).append(": ").append(what);
    if (!remedy.empty()) line.append(" Remedy: ").append(remedy);
    std::ranges::replace(line, '\n', ' ');
  }
  std::cout << line << std::endl;
}

int doctor(const Config& config) {
  Findings findings(config.admin.json);
  check_kafka(config, findings);
  check_redis(config, findings);
  check_certificates(config, findings);
  return findings.failed() ? 1 : 0;
}

}  // namespace segue::admin
