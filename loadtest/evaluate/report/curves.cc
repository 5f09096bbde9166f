#include "loadtest/evaluate/report/curves.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "loadtest/evaluate/report/text.h"

namespace segue {
namespace {

struct Panel {
  const char* title;
  double (Quality::*rate)() const;
  double top;  // of its plot, in pixels
};
constexpr std::array kPanels = {Panel{"HR@20", &Quality::hit_rate_at_20, 84},
                                Panel{"MRR@20", &Quality::mrr_at_20, 384}};
constexpr double kWidth = 860;
constexpr double kHeight = 660;
constexpr double kLeft = 60;
constexpr double kPlotWidth = 600;
constexpr double kPlotHeight = 230;
constexpr double kLabelHeight = 15;
// Distinct on white and on near-black (after Okabe & Ito, 2008), and by their dashes.
constexpr std::array kStyles = {"#0090d8", "#d55e00", "#009e73", "#cc79a7",
                                "#b08800", "#7a6ff0", "#8c8c8c", "#c04040"};
constexpr std::array kDashes = {"", "6 3", "2 3", "9 3 2 3", "4 2", "1 2", "8 4", "3 3 1 3"};

constexpr const char* kHead =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
    "height=\"%.0f\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n";
constexpr const char* kStyle =
    "<style>:root{--paper:#fff;--ink:#1c1c1c;--faint:#d8d8d8}"
    "@media (prefers-color-scheme:dark){:root{--paper:#16181c;--ink:#e8e8e8;--faint:#3a3d44}}"
    "text{fill:var(--ink)}.grid{stroke:var(--faint)}path{fill:none}</style>\n"
    "<rect width=\"100%\" height=\"100%\" style=\"fill:var(--paper)\"/>\n";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

double x_of(double window) { return kLeft + kPlotWidth * window / static_cast<double>(kWindows); }

// The next of 1, 2, 5 times a power of ten that leaves at most five steps.
double step_for(double highest) {
  const double power = std::pow(10, std::floor(std::log10(highest / 5)));
  for (const double times : {1.0, 2.0, 5.0}) {
    if (highest / (times * power) <= 5) return times * power;
  }
  return 10 * power;
}

double highest_of(const std::vector<Curve>& curves, const Panel& panel) {
  double highest = 0.01;
  for (const Curve& curve : curves) {
    for (const Quality& quality : curve.windows)
      highest = std::max(highest, (quality.*panel.rate)());
  }
  return highest;
}

void append_axes(std::string& svg, const Panel& panel, double highest, std::uint64_t events) {
  append(svg, "<text x=\"%.0f\" y=\"%.0f\" font-weight=\"600\">%s</text>\n", kLeft, panel.top - 10,
         panel.title);
  const double bottom = panel.top + kPlotHeight;
  const double step = step_for(highest);
  for (double value = 0; value <= highest + step / 100; value += step) {
    const double y = bottom - kPlotHeight * value / highest;
    append(svg, "<line class=\"grid\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>", kLeft,
           kLeft + kPlotWidth, y, y);
    append(svg, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>\n", kLeft - 6, y + 4,
           value);
  }
  for (int quarter = 0; quarter <= 4; ++quarter) {
    append(svg, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%llu</text>\n",
           kLeft + kPlotWidth * quarter / 4, bottom + 16,
           static_cast<unsigned long long>(events * static_cast<std::uint64_t>(quarter) / 4));
  }
}

// A line where windows are known; returns the height at which it ends, or -1 if it has no point.
double append_line(std::string& svg, const Curve& curve, std::size_t number, const Panel& panel,
                   double highest) {
  double last = -1;
  append(svg, "<path stroke=\"%s\" stroke-width=\"%s\" stroke-dasharray=\"%s\" d=\"",
         kStyles[number % kStyles.size()], number == 0 ? "3" : "1.6",
         kDashes[number % kDashes.size()]);
  bool pen_down = false;
  for (std::size_t i = 0; i < curve.windows.size(); ++i) {
    if (curve.windows[i].scored == 0) {
      pen_down = false;
      continue;
    }
    last = panel.top + kPlotHeight * (1 - (curve.windows[i].*panel.rate)() / highest);
    append(svg, "%c%.1f %.1f", pen_down ? 'L' : 'M', x_of(static_cast<double>(i) + 0.5), last);
    pen_down = true;
  }
  svg += "\"/>\n";
  return last;
}

// Names beside where the lines end, moved apart.
void append_names(std::string& svg, const std::vector<Curve>& curves,
                  const std::vector<double>& ends) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i] >= 0) order.push_back(i);
  }
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return ends[a] != ends[b] ? ends[a] < ends[b] : a < b;
  });
  std::vector<double> places;
  for (const std::size_t i : order) {
    const double above = places.empty() ? 0 : places.back() + kLabelHeight;
    places.push_back(std::max(ends[i], above));
  }
  const double x = kLeft + kPlotWidth;
  for (std::size_t i = 0; i < order.size(); ++i) {
    append(svg,
           "<path stroke=\"%s\" stroke-dasharray=\"%s\" stroke-width=\"%s\" d=\"M%.0f %.1fh26\"/>",
           kStyles[order[i] % kStyles.size()], kDashes[order[i] % kDashes.size()],
           order[i] == 0 ? "3" : "1.6", x + 8, places[i]);
    append(svg, "<text x=\"%.0f\" y=\"%.1f\">%s</text>\n", x + 40, places[i] + 4,
           escaped(curves[order[i]].name).c_str());
  }
}

}  // namespace

std::vector<Curve> curves_of(const Evaluated& result) {
  std::vector<Curve> curves;
  const std::uint64_t events = std::max<std::uint64_t>(result.events, 1);
  for (const Lane& lane : result.lanes) {
    Curve& curve = curves.emplace_back();
    curve.name = lane.name;
    curve.windows.resize(kWindows);
    for (std::size_t i = 0; i < result.listens.size(); ++i) {
      const std::uint64_t window = result.listens[i].event * kWindows / events;
      if (window < kWindows) curve.windows[window].add(lane.verdicts[i]);
    }
  }
  return curves;
}

std::string svg_of(const std::vector<Curve>& curves, std::uint64_t events,
                   std::string_view caption) {
  std::string svg;
  append(svg, kHead, kWidth, kHeight, kWidth, kHeight);
  svg += kStyle;
  svg += "<text x=\"" + std::to_string(static_cast<int>(kLeft)) +
         "\" y=\"28\" font-size=\"16\" font-weight=\"600\">Is the next track in the list before it?"
         "</text>\n<text x=\"" +
         std::to_string(static_cast<int>(kLeft)) + "\" y=\"48\">" + escaped(caption) + "</text>\n";
  for (const Panel& panel : kPanels) {
    const double highest = highest_of(curves, panel);
    append_axes(svg, panel, highest, events);
    std::vector<double> ends;
    for (std::size_t i = 0; i < curves.size(); ++i)
      ends.push_back(append_line(svg, curves[i], i, panel, highest));
    append_names(svg, curves, ends);
  }
  append(svg, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">events of the stream</text>\n",
         kLeft + kPlotWidth / 2, kHeight - 12);
  return svg + "</svg>\n";
}

}  // namespace segue
