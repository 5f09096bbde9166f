#include "core/item/item_signal.h"

#include <utility>

#include "core/wire/blob.h"
#include "core/words/printed.h"

namespace segue {
namespace {

constexpr std::uint8_t kSignalVersion = 6;

bool has_distance(SignalKind kind) {
  return kind == SignalKind::followed || kind == SignalKind::led_to;
}

bool has_one_before(const ItemSignal& signal) {
  return signal.kind == SignalKind::followed && signal.distance == 1;
}

void write_items(BlobWriter& out, const std::vector<ItemId>& items) {
  out.varint(items.size());
  for (const ItemId item : items) out.u64(item.value);
}

std::vector<ItemId> read_items(BlobReader& in, std::size_t max) {
  std::vector<ItemId> items(in.count(max));
  for (ItemId& item : items) item.value = in.u64();
  return items;
}

void write_signal(BlobWriter& out, const ItemSignal& signal, const ItemSignal* before,
                  std::int64_t first) {
  out.varint(static_cast<std::uint64_t>(signal.offset - (before ? before->offset : first)));
  out.u8(static_cast<std::uint8_t>(signal.kind));
  out.u64(signal.kind == SignalKind::left ? signal.who.value : signal.item.value);
  if (signal.kind != SignalKind::left) out.u64(signal.other.value);
  out.svarint(signal.time - (before ? before->time : 0));
  if (signal.kind == SignalKind::left) {
    out.u32(signal.session.value);
    return write_items(out, signal.before);
  }
  if (has_distance(signal.kind)) {
    out.u8(signal.distance);
    out.f16(signal.weight);
    if (has_one_before(signal)) {
      out.u64(signal.before.empty() ? 0 : signal.before.front().value);
    }
    return;
  }
  out.text(signal.name);
  if (signal.kind == SignalKind::skipped) return;
  out.u8(signal.first ? 1 : 0);
  write_items(out, signal.before);
  write(out, signal.listener);
  out.u64(signal.who.value);
  out.f16(signal.weight);
  out.text(signal.title);
  if (signal.kind == SignalKind::played) out.u32(signal.session.value);
}

// followed and led_to.
void read_move(BlobReader& in, std::uint8_t version, ItemSignal& signal) {
  signal.distance = in.u8();
  if (signal.distance == 0) in.fail();
  if (version > 3) signal.weight = in.f16(0, 1);
  if (version < 3 || !has_one_before(signal)) return;
  const ItemId one{in.u64()};
  if (one) signal.before = {one};
}

// The end of a play.
void read_end(BlobReader& in, std::uint8_t version, ItemSignal& signal) {
  signal.name = in.text(kIdBytesMax);
  if (signal.kind == SignalKind::skipped || version == 1) return;
  signal.first = in.u8() != 0;
  signal.before = read_items(in, ItemSignal::kBeforeMax);
  signal.listener = read_vector(in);
  if (version < 4) return;
  signal.who.value = in.u64();
  signal.weight = in.f16(0, 1);
  if (version > 4) signal.title = in.text(kTitleBytesMax);
  if (version > 5 && signal.kind == SignalKind::played) signal.session.value = in.u32();
}

ItemSignal read_signal(BlobReader& in, const ItemSignal* before, const SignalBatch& batch,
                       std::uint8_t version) {
  ItemSignal signal;
  const std::uint64_t step = in.varint();
  const std::int64_t from = before ? before->offset : batch.first;
  if (step >= static_cast<std::uint64_t>(batch.next - from)) {
    in.fail();
    return signal;
  }
  signal.offset = from + static_cast<std::int64_t>(step);
  const std::uint8_t kind = in.u8();
  const SignalKind last = version < 4 ? SignalKind::led_to : SignalKind::left;
  if (kind > static_cast<std::uint8_t>(last)) {
    in.fail();
    return signal;
  }
  signal.kind = static_cast<SignalKind>(kind);
  signal.item.value = in.u64();
  if (signal.kind != SignalKind::left) signal.other.value = in.u64();
  const std::int64_t since = in.svarint();
  if (__builtin_add_overflow(since, before ? before->time : 0, &signal.time) || signal.time < 0 ||
      signal.time > kBlobTimeMax) {
    in.fail();
  }
  if (signal.kind == SignalKind::left) {
    signal.who.value = std::exchange(signal.item, {}).value;
    if (version > 5) signal.session.value = in.u32();
    signal.before = read_items(in, ItemSignal::kLeftMax);
  } else if (has_distance(signal.kind)) {
    read_move(in, version, signal);
  } else {
    read_end(in, version, signal);
  }
  return signal;
}

}  // namespace

std::string encode(const SignalBatch& batch) {
  std::string blob;
  blob.reserve(64 + batch.signals.size() * 48);
  BlobWriter out(blob);
  out.u8(kSignalVersion);
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
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kSignalVersion) {
    return error(Reason::unknown_version, "signal batch is not version 1 to 6");
  }
  SignalBatch batch;
  batch.source = in.text(kSourceBytesMax);
  batch.partition = static_cast<std::int32_t>(in.count(INT32_MAX));
  batch.first = static_cast<std::int64_t>(in.count(INT64_MAX / 2));
  batch.next = batch.first + static_cast<std::int64_t>(in.count(INT32_MAX));
  const std::size_t signals = in.count(SignalBatch::kSignalsMax);
  batch.signals.reserve(signals);
  for (std::size_t i = 0; i < signals && in.ok(); ++i) {
    const ItemSignal* before = batch.signals.empty() ? nullptr : &batch.signals.back();
    batch.signals.push_back(read_signal(in, before, batch, version));
  }
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "signal batch does not add up");
  return batch;
}

}  // namespace segue
