#include "core/io/http/message.h"

#include <algorithm>

#include "core/io/http/header_values.h"

namespace segue::io {

Target target_of(const HttpRequest& request) {
  const auto given = request.target();
  Target target{.scheme = {}, .authority = {}, .path = {given.data(), given.size()}, .query = {}};
  for (const std::string_view begin : {"http://", "https://"}) {
    if (!same_word(target.path.substr(0, begin.size()), begin)) continue;
    const std::string_view rest = target.path.substr(begin.size());
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    if (end == 0) break;
    target.scheme = begin.substr(0, begin.find(':'));
    target.authority = rest.substr(0, end);
    target.path = rest.substr(end).starts_with('/') ? rest.substr(end) : "/";
    break;
  }
  const std::size_t mark = std::min(target.path.find('?'), target.path.size());
  target.query = target.path.substr(std::min(mark + 1, target.path.size()));
  target.path = target.path.substr(0, mark);
  return target;
}

std::string_view field(const HttpRequest& request, http::field name) {
  const auto value = request[name];
  return {value.data(), value.size()};
}

std::string_view field(const HttpRequest& request, std::string_view name) {
  const auto value = request[{name.data(), name.size()}];
  return {value.data(), value.size()};
}

}  // namespace segue::io
