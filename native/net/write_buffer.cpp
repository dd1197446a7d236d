#include "net/write_buffer.hpp"

namespace mqtt_native::net {

namespace {

/** A buffer that grew beyond this for one large message gives its memory back once it is empty. */
constexpr size_t kept_capacity = 256 * 1024;

}  // namespace

void WriteBuffer::append(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void WriteBuffer::append(std::span<const iovec> parts) {
  append_from(parts, 0);
}

void WriteBuffer::append_from(std::span<const iovec> parts, size_t skip) {
  for (const iovec& part : parts) {
    const size_t skipped = std::min(skip, part.iov_len);
    skip -= skipped;
    if (part.iov_len > skipped)
      append({static_cast<const std::byte*>(part.iov_base) + skipped, part.iov_len - skipped});
  }
}

Transfer WriteBuffer::write_through(Stream& stream, std::span<const iovec> parts) {
  const Transfer before = flush(stream);
  if (before.state != Transfer::State::moved) {
    append(parts);
    return before;
  }
  const Transfer direct = stream.write(parts);
  if (direct.state == Transfer::State::failed) return direct;
  append_from(parts, direct.bytes);
  Transfer rest = flush(stream);
  rest.bytes += before.bytes + direct.bytes;
  return rest;
}

Transfer WriteBuffer::flush(Stream& stream) {
  Transfer whole{Transfer::State::moved};
  while (!empty() && whole.state == Transfer::State::moved) {
    const iovec rest{bytes_.data() + begin_, size()};
    const Transfer part = stream.write({&rest, 1});
    begin_ += part.bytes;
    whole = {part.state, whole.bytes + part.bytes, part.error};
  }
  if (empty()) clear();
  return whole;
}

void WriteBuffer::clear() {
  begin_ = 0;
  bytes_.clear();
  if (bytes_.capacity() > kept_capacity) bytes_.shrink_to_fit();
}

}  // namespace mqtt_native::net
