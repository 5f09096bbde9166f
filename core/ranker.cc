#include "core/ranker.h"

#include <algorithm>

#include "core/blob.h"
#include "core/check.h"
#include "core/ids.h"
#include "core/situation.h"
#include "core/sources/source.h"

namespace segue {
namespace {

constexpr std::uint8_t kVersion = 2;
// Old gradients are forgotten slowly, so that the ranker keeps learning (half in 7,000 events).
constexpr float kSquaresKept = 0.9999F;
constexpr std::size_t kParametersMax = 65'536;
constexpr float kSquaresMin = 1e-6F;
// A listener's own weights: they must move within a session, and give way again.
constexpr float kOwnRate = 0.07F;
constexpr float kOwnKept = 0.99F;

// A network means nothing for other columns than those it learned.
std::uint32_t network_layout_hash() {
  std::string all = std::to_string(column_layout_hash());
  for (const std::string_view name : situation_columns()) all += "\n" + std::string(name);
  return column_hash(all);
}

void read_network(BlobReader& in, Network& network) {
  const bool same = in.u32() == network_layout_hash();
  const std::uint64_t learned = in.varint();
  const std::size_t parameters = in.count(kParametersMax);
  const bool fits = same && parameters == static_cast<std::size_t>(network.parameters().size());
  for (std::size_t i = 0; i < parameters && in.ok(); ++i) {
    const float parameter = in.f16();
    if (fits) network.parameters()[static_cast<Eigen::Index>(i)] = parameter;
  }
  if (fits) network.set_learned(learned);
}

}  // namespace

LinearStage::LinearStage() {
  const ColumnLayout& layout = column_layout();
  const auto columns = static_cast<Eigen::Index>(layout.names.size());
  weights_ = Eigen::VectorXf::Zero(columns);
  squares_ = Eigen::VectorXf::Zero(columns);
  for (std::size_t i = 0; i < sources().size(); ++i) {
    weights_[layout.log(i)] = sources()[i]->prior_log;
    weights_[layout.relative(i)] = sources()[i]->prior_relative;
    for (std::size_t c = 0; c < sources()[i]->priors.size(); ++c) {
      weights_[layout.own[i] + static_cast<Eigen::Index>(c)] = sources()[i]->priors[c];
    }
  }
}

void LinearStage::score(const Features& features, Eigen::Index rows, const std::vector<float>* own,
                        Eigen::VectorXf& scores) const {
  scores.resize(rows);
  if (own == nullptr) {
    scores.noalias() = features.topRows(rows) * weights_;
    return;
  }
  const Eigen::Map<const Eigen::VectorXf> offsets(own->data(), weights_.size());
  scores.noalias() = features.topRows(rows) * (weights_ + offsets);
}

void LinearStage::learn(const Features& features, const Eigen::VectorXf& scores,
                        Eigen::Index target, float reward, std::vector<float>* own,
                        const Tuning& tuning) {
  SEGUE_CHECK(target >= 0 && target < scores.size());
  Eigen::VectorXf share = (scores.array() - scores.maxCoeff()).exp();
  share /= share.sum();
  Eigen::VectorXf gradient = features.row(target).transpose();
  gradient.noalias() -= features.topRows(scores.size()).transpose() * share;
  gradient *= reward;
  if (!gradient.allFinite()) return;  // one bad feature must not end all learning
  squares_ = kSquaresKept * squares_ + gradient.cwiseAbs2();
  weights_.array() += static_cast<float>(tuning.ranker_rate) * gradient.array() /
                      (squares_.array() + kSquaresMin).sqrt();
  ++learned_;
  if (own == nullptr) return;
  if (own->empty()) own->resize(static_cast<std::size_t>(weights_.size()));
  Eigen::Map<Eigen::VectorXf> offsets(own->data(), weights_.size());
  offsets = kOwnKept * offsets + kOwnRate * gradient;
}

Ranker::Ranker()
    : network_(static_cast<Eigen::Index>(column_layout().names.size()),
               static_cast<Eigen::Index>(situation_columns().size())) {}

std::string encode(const Ranker& ranker) {
  std::string blob;
  BlobWriter out(blob);
  out.u8(kVersion);
  out.varint(ranker.linear_.learned_);
  const auto& names = column_layout().names;
  out.varint(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    out.u32(column_hash(names[i]));
    out.f32(ranker.linear_.weights_[static_cast<Eigen::Index>(i)]);
    out.f32(ranker.linear_.squares_[static_cast<Eigen::Index>(i)]);
  }
  const Eigen::VectorXf& network = ranker.network_.parameters();
  out.u32(network_layout_hash());
  out.varint(ranker.network_.learned());
  out.varint(static_cast<std::uint64_t>(network.size()));
  for (const float parameter : network) out.f16(parameter);
  return blob;
}

Result<Ranker> decode_ranker(std::string_view blob) {
  BlobReader in(blob);
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kVersion) {
    return error(Reason::unknown_version, "ranker blob is not version 1 or 2");
  }
  Ranker ranker;
  ranker.linear_.learned_ = in.varint();
  const std::size_t columns = in.count(kColumnsMax);
  const auto& names = column_layout().names;
  for (std::size_t i = 0; i < columns && in.ok(); ++i) {
    const std::uint32_t hash = in.u32();
    const float weight = in.f32();
    const float square = in.f32();
    const auto known = std::find_if(names.begin(), names.end(),
                                    [&](const auto& name) { return column_hash(name) == hash; });
    if (known == names.end()) continue;
    ranker.linear_.weights_[known - names.begin()] = weight;
    ranker.linear_.squares_[known - names.begin()] = std::max(square, 0.0F);
  }
  if (version > 1) read_network(in, ranker.network_);
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "ranker blob does not add up");
  return ranker;
}

}  // namespace segue
