#include "core/io/metrics/open_metrics.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace segue::io {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr std::string_view kTotal = "_total";

void append(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out.append(text.data(), end);
  }
}

// As the format wants a bound, with a point or an exponent, so that one bound has one name.
std::string bound_text(double bound) {
  constexpr double kLeastInFull = 1e-4;
  std::string text;
  if (bound < kLeastInFull || std::isinf(bound)) {
    append(text, bound);
    return text;
  }
  std::array<char, 64> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), bound, std::chars_format::fixed)
          .ptr;
  text.assign(digits.data(), end);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

// `more` is one label beside the metric's own, or nothing.
void append_name(std::string& out, const std::string& name, const Labels& labels,
                 const std::pair<std::string_view, std::string>& more = {}) {
  out += name;
  auto add = [&, first = true](std::string_view label, std::string_view value) mutable {
    out += first ? '{' : ',';
    first = false;
    out.append(label).append("=\"");
    append_escaped(out, value);
    out += '"';
  };
  for (const ClientMetric::Label& label : labels) add(label.name, label.value);
  if (!more.first.empty()) add(more.first, more.second);
  if (!labels.empty() || !more.first.empty()) out += '}';
  out += ' ';
}

void append_sample(std::string& out, const std::string& name, const Labels& labels, double value) {
  append_name(out, name, labels);
  append(out, value);
  out += '\n';
}

void append_exemplar(std::string& out, const Exemplar& exemplar) {
  out += " # {trace_id=\"";
  append_escaped(out, exemplar.trace_id);
  out += "\"} ";
  append(out, exemplar.value);
  out += ' ';
  constexpr double kMillis = 1e3;
  append(out, std::round(exemplar.at * kMillis) / kMillis);
}

void append_histogram(std::string& out, const MetricFamily& family, const ClientMetric& metric,
                      const Exemplars* exemplars) {
  for (const ClientMetric::Bucket& bucket : metric.histogram.bucket) {
    append_name(out, family.name + "_bucket", metric.label, {"le", bound_text(bucket.upper_bound)});
    out += std::to_string(bucket.cumulative_count);
    const bool has = exemplars != nullptr && exemplars->contains(bucket.upper_bound);
    if (has) append_exemplar(out, exemplars->at(bucket.upper_bound));
    out += '\n';
  }
  append_sample(out, family.name + "_count", metric.label,
                static_cast<double>(metric.histogram.sample_count));
  append_sample(out, family.name + "_sum", metric.label, metric.histogram.sample_sum);
}

std::string_view type_of(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Histogram:
      return "histogram";
    case MetricType::Gauge:
    case MetricType::Summary:
    case MetricType::Untyped:
      return "gauge";
  }
  return "gauge";
}

// A counter's family is named without what its samples end with.
std::string family_name(const MetricFamily& family) {
  const bool counter = family.type == MetricType::Counter && family.name.ends_with(kTotal);
  return family.name.substr(0, family.name.size() - (counter ? kTotal.size() : 0));
}

void append_family(std::string& out, const MetricFamily& family, const Exemplars* exemplars) {
  const std::string name = family_name(family);
  out.append("# HELP ").append(name) += ' ';
  append_escaped(out, family.help);
  out.append("\n# TYPE ").append(name).append(" ").append(type_of(family.type)) += '\n';
  for (const ClientMetric& metric : family.metric) {
    if (family.type == MetricType::Histogram) {
      append_histogram(out, family, metric, exemplars);
    } else if (family.type == MetricType::Counter) {
      append_sample(out, name + std::string(kTotal), metric.label, metric.counter.value);
    } else {
      append_sample(out, name, metric.label, metric.gauge.value);
    }
  }
}

}  // namespace

std::string open_metrics(const std::vector<MetricFamily>& families,
                         const std::map<std::string, Exemplars, std::less<>>& exemplars) {
  std::string out;
  for (const MetricFamily& family : families) {
    const auto of = exemplars.find(family.name);
    append_family(out, family, of == exemplars.end() ? nullptr : &of->second);
  }
  return out + "# EOF\n";
}

}  // namespace segue::io
