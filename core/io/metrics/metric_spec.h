#pragma once

#include <prometheus/registry.h>

namespace segue::io {

// A metric's row in the pages' table. Registering takes name and help from here, so that there
// is no second place to forget.
struct MetricSpec {
  const char* name;
  const char* type;
  const char* labels;
  const char* help;
};

template <class Builder>
auto& family(Builder builder, const MetricSpec& spec, prometheus::Registry& registry) {
  return builder.Name(spec.name).Help(spec.help).Register(registry);
}

}  // namespace segue::io
