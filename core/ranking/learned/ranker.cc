#include "core/ranking/learned/ranker.h"

#include <algorithm>

#include "core/check.h"
#include "core/ids.h"
#include "core/ranking/situation.h"
#include "core/ranking/sources/source.h"
#include "core/wire/blob.h"

namespace segue {
namespace {

constexpr std::uint8_t kRankerVersion = 3;
// Old gradients are forgotten slowly, so that the ranker keeps learning (half in 7,000 events).
constexpr float kPastSquaresKept = 0.9999F;
constexpr std::size_t kParametersMax = 65'536;
constexpr float kSquaresMin = 1e-6F;
// Far beyond what is ever learned; those of many partitions add up, and still are numbers.
constexpr float kWeightMax = 1e4F;
constexpr float kSquareMax = 1e9F;
// A listener's own weights: they must move within a session, and give way again.
constexpr float kOwnRate = 0.07F;
constexpr float kOwnKept = 0.99F;

// A network means nothing for other columns than those it learned.
std::uint32_t network_layout_hash() {
  std::string all = std::to_string(column_layout_hash());
  for (const std::string_view name : situation_columns()) all += "\n" + std::string(name);
  return column_hash(all);
}

// Where every ranker begins.
const Ranker& beginner() {
  static const Ranker kBeginner;
  return kBeginner;
}

void read_network(BlobReader& in, std::uint8_t version, Lessons& lessons) {
  const bool same = in.u32() == network_layout_hash();
  const std::uint64_t learned = in.varint();
  const std::size_t parameters = in.count(kParametersMax);
  const bool fits = same && parameters == static_cast<std::size_t>(lessons.network.size());
  for (std::size_t i = 0; i < parameters && in.ok(); ++i) {
    const float parameter = in.f16();
    if (fits) lessons.network[static_cast<Eigen::Index>(i)] = parameter;
  }
  // Before version 3 weights were stored, not moves.
  if (!fits) return;
  lessons.network_learned = learned;
  if (version < 3) lessons.network -= beginner().network().parameters();
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
                        Eigen::Index target, Lesson lesson, std::vector<float>* own,
                        const Tuning& tuning) {
  SEGUE_CHECK(target >= 0 && target < scores.size());
  Eigen::VectorXf share = (scores.array() - scores.maxCoeff()).exp();
  share /= share.sum();
  Eigen::VectorXf gradient = features.row(target).transpose();
  gradient.noalias() -= features.topRows(scores.size()).transpose() * share;
  gradient *= lesson.reward;
  if (!gradient.allFinite()) return;  // one bad feature must not end all learning
  if (lesson.shared > 0) {
    // By the squares of whole lessons: AdaGrad would make up for gradients that are always small.
    squares_ = kPastSquaresKept * squares_ + gradient.cwiseAbs2();
    weights_.array() += lesson.shared * static_cast<float>(tuning.ranker_rate) * gradient.array() /
                        (squares_.array() + kSquaresMin).sqrt();
    ++learned_;
  }
  if (own == nullptr) return;
  if (own->empty()) own->resize(static_cast<std::size_t>(weights_.size()));
  Eigen::Map<Eigen::VectorXf> offsets(own->data(), weights_.size());
  offsets = kOwnKept * offsets + kOwnRate * gradient;
}

Lessons::Lessons()
    : weights(Eigen::VectorXf::Zero(static_cast<Eigen::Index>(column_layout().names.size()))),
      squares(weights),
      network(Eigen::VectorXf::Zero(Network::parameters_for(
          weights.size(), static_cast<Eigen::Index>(situation_columns().size())))) {}

Lessons& Lessons::operator+=(const Lessons& other) {
  learned += other.learned;
  weights += other.weights;
  squares += other.squares;
  network_learned += other.network_learned;
  network += other.network;
  return *this;
}

Ranker::Ranker()
    : network_(static_cast<Eigen::Index>(column_layout().names.size()),
               static_cast<Eigen::Index>(situation_columns().size())) {}

Ranker::Ranker(const Lessons& own) : Ranker() { begin_with(own); }

Lessons Ranker::lessons() const {
  Lessons own;
  own.learned = linear_.learned_;
  own.weights = linear_.weights_ - beginner().linear_.weights_ - others_.weights;
  own.squares = (linear_.squares_ - others_.squares).cwiseMax(0);
  own.network_learned = network_.learned() - others_.network_learned;
  own.network = network_.parameters() - beginner().network_.parameters() - others_.network;
  return own;
}

void Ranker::learn_from(const Lessons& others, std::uint64_t version) {
  const Lessons own = lessons();
  others_ = others;
  heard_ = version;
  begin_with(own);
}

bool Ranker::has_news() {
  if (learned() < shared_ + kSharedEvery) return false;
  shared_ = learned();
  return true;
}

void Ranker::begin_with(const Lessons& own) {
  linear_.learned_ = own.learned;
  linear_.weights_ = beginner().linear_.weights_ + own.weights + others_.weights;
  linear_.squares_ = own.squares + others_.squares;
  network_.parameters() = beginner().network_.parameters() + own.network + others_.network;
  network_.set_learned(own.network_learned + others_.network_learned);
}

std::string encode(const Ranker& ranker) {
  const Lessons own = ranker.lessons();
  std::string blob;
  BlobWriter out(blob);
  out.u8(kRankerVersion);
  out.varint(own.learned);
  const auto& names = column_layout().names;
  out.varint(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    out.u32(column_hash(names[i]));
    const auto at = static_cast<Eigen::Index>(i);
    out.f32(std::clamp(own.weights[at], -kWeightMax, kWeightMax));
    out.f32(std::min(own.squares[at], kSquareMax));
  }
  out.u32(network_layout_hash());
  out.varint(own.network_learned);
  out.varint(static_cast<std::uint64_t>(own.network.size()));
  for (const float move : own.network) out.f16(move);
  return blob;
}

Result<Lessons> decode_lessons(std::string_view blob) {
  BlobReader in(blob);
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kRankerVersion) {
    return error(Reason::unknown_version, "ranker blob is not version 1 to 3");
  }
  Lessons own;
  own.learned = in.varint();
  const std::size_t columns = in.count(kColumnsMax);
  const auto& names = column_layout().names;
  for (std::size_t i = 0; i < columns && in.ok(); ++i) {
    const std::uint32_t hash = in.u32();
    const float weight = in.f32(-kWeightMax, kWeightMax);
    const float square = in.f32(-kSquareMax, kSquareMax);
    const auto known = std::find_if(names.begin(), names.end(),
                                    [&](const auto& name) { return column_hash(name) == hash; });
    if (known == names.end()) continue;
    const auto column = known - names.begin();
    own.weights[column] = version < 3 ? weight - beginner().linear().weights()[column] : weight;
    own.squares[column] = std::max(square, 0.0F);
  }
  if (version > 1) read_network(in, version, own);
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "ranker blob does not add up");
  return own;
}

Result<Ranker> decode_ranker(std::string_view blob) {
  auto own = decode_lessons(blob);
  if (!own) return own.error();
  Ranker ranker;
  ranker.begin_with(*own);
  ranker.shared_ = own->learned;
  return ranker;
}

}  // namespace segue
