#include "core/item_signal.h"

#include "core/blob.h"

namespace segue {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSourceBytesMax = 320;

void write_signal(BlobWriter& out, const ItemSignal& signal, const ItemSignal* before,
                  std::int64_t first) {
  out.varint(static_cast<std::uint64_t>(signal.offset - (before ? before->offset : first)));
  out.u8(static_cast<std::uint8_t>(signal.kind));
  out.u64(signal.item.value);
  out.u64(signal.other.value);
  out.svarint(signal.time - (before ? before->time : 0));
  if (signal.kind == SignalKind::followed) {
    out.u8(signal.distance);
  } else {
    out.text(signal.name);
  }
}

ItemSignal read_signal(BlobReader& in, const ItemSignal* before, const SignalBatch& batch) {
  ItemSignal signal;
  const std::uint64_t step = in.varint();
  const std::int64_t from = before ? before->offset : batch.first;
  if (step >= static_cast<std::uint64_t>(batch.next - from)) {
    in.fail();
    return signal;
  }
  signal.offset = from + static_cast<std::int64_t>(step);
  const std::uint8_t kind = in.u8();
  if (kind > 3) in.fail();
  signal.kind = static_cast<SignalKind>(kind & 3);
  signal.item.value = in.u64();
  signal.other.value = in.u64();
  const std::int64_t since = in.svarint();
  if (__builtin_add_overflow(since, before ? before->time : 0, &signal.time)) in.fail();
  if (signal.kind == SignalKind::followed) {
    signal.distance = in.u8();
    if (signal.distance == 0) in.fail();
  } else {
    signal.name = in.text(kIdBytesMax);
  }
  return signal;
}

}  // namespace

std::string encode(const SignalBatch& batch) {
  std::string blob;
  blob.reserve(64 + batch.signals.size() * 32);
  BlobWriter out(blob);
  out.u8(kVersion);
  out.text(batch.source);
  out.varint(static_cast<std::uint64_t>(batch.partition));
  out.varint(static_cast<std::uint64_t>(batch.first));
  out.varint(static_cast<std::uint64_t>(batch.next - batch.first));
  out.varint(batch.signals.size());
  const ItemSignal* before = nullptr;
  for (const ItemSignal& signal : batch.signals) {
    write_signal(out, signal, before, batch.first);
    before = &signal;
  }
  return blob;
}

Result<SignalBatch> decode_signal_batch(std::string_view blob) {
  BlobReader in(blob);
  if (in.u8() != kVersion) return error(Reason::unknown_version, "signal batch is not version 1");
  SignalBatch batch;
  batch.source = in.text(kSourceBytesMax);
  batch.partition = static_cast<std::int32_t>(in.count(INT32_MAX));
  batch.first = static_cast<std::int64_t>(in.count(INT64_MAX / 2));
  batch.next = batch.first + static_cast<std::int64_t>(in.count(INT32_MAX));
  const std::size_t signals = in.count(SignalBatch::kSignalsMax);
  batch.signals.reserve(signals);
  for (std::size_t i = 0; i < signals && in.ok(); ++i) {
    const ItemSignal* before = batch.signals.empty() ? nullptr : &batch.signals.back();
    batch.signals.push_back(read_signal(in, before, batch));
  }
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "signal batch does not add up");
  return batch;
}

}  // namespace segue
