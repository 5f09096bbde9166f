#include "core/io/audio/tags.h"

#include <taglib/flacfile.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/mpegfile.h>
#include <taglib/tbytevectorstream.h>
#include <taglib/tpropertymap.h>

#include <memory>
#include <stdexcept>

namespace segue::io {
namespace {

// TagLib's names, each with its field.
template <class SomeTags, class F>
void each(SomeTags& tags, F&& f) {
  f("TITLE", tags.title);
  f("ARTIST", tags.artist);
  f("GENRE", tags.genre);
  f("MOOD", tags.mood);
  f("BPM", tags.bpm);
  f("INITIALKEY", tags.key);
  f("COMMENT", tags.comment);
  f("COPYRIGHT", tags.licence);
  f("DIGITALSOURCETYPE", tags.digital_source_type);
  f(kRecordTag.data(), tags.record);
}

std::unique_ptr<TagLib::File> opened(TagLib::ByteVectorStream& stream, AudioFormat format) {
  auto* const frames = TagLib::ID3v2::FrameFactory::instance();
  std::unique_ptr<TagLib::File> file;
  if (format == AudioFormat::flac) {
    file = std::make_unique<TagLib::FLAC::File>(&stream, frames, false);
  } else {
    file = std::make_unique<TagLib::MPEG::File>(&stream, frames, false);
  }
  return file->isValid() ? std::move(file) : nullptr;
}

TagLib::ByteVector vector_of(std::string_view bytes) {
  return {bytes.data(), static_cast<unsigned>(bytes.size())};
}

bool save(TagLib::File& file) {
  // ID3v2 alone: the older ID3v1 at the end would cut the texts short.
  if (auto* const mp3 = dynamic_cast<TagLib::MPEG::File*>(&file)) {
    return mp3->save(TagLib::MPEG::File::ID3v2, TagLib::File::StripOthers, TagLib::ID3v2::v4,
                     TagLib::File::DoNotDuplicate);
  }
  return file.save();
}

}  // namespace

std::string tagged(std::string_view bytes, AudioFormat format, const Tags& tags) {
  const TagLib::ByteVector contents = vector_of(bytes);
  TagLib::ByteVectorStream stream(contents);
  const auto file = opened(stream, format);
  if (!file) throw std::runtime_error("TagLib cannot read the file that was just made");
  TagLib::PropertyMap properties;
  each(tags, [&](const char* name, const std::string& text) {
    if (text.empty()) return;
    properties.insert(name, TagLib::StringList(TagLib::String(text, TagLib::String::UTF8)));
  });
  file->setProperties(properties);
  if (!save(*file)) throw std::runtime_error("TagLib cannot write tags");
  return {stream.data()->data(), stream.data()->size()};
}

std::optional<Tags> tags_of(std::string_view bytes, AudioFormat format) {
  const TagLib::ByteVector contents = vector_of(bytes);
  TagLib::ByteVectorStream stream(contents);
  const auto file = opened(stream, format);
  if (!file) return std::nullopt;
  const TagLib::PropertyMap properties = file->properties();
  Tags tags;
  each(tags, [&](const char* name, std::string& text) {
    const auto found = properties.find(name);
    if (found == properties.end() || found->second.isEmpty()) return;
    text = found->second.front().to8Bit(true);
  });
  return tags;
}

}  // namespace segue::io
