// What a connection does with the bytes that come. The reader's.

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "wire/connection.hpp"

namespace mqtt_native::wire {

using State = net::Transfer::State;

namespace {

/**
 * Read at most by a thread that has other things to do; and while Paho has to take something first, as a
 * thousand connections may wait for that at once.
 */
constexpr size_t short_fill = 16 * 1024;
/** So many packets, in as many bytes, are little. */
constexpr size_t few_packets = 2;

/** Of a PUBLISH that stands in the place of one that has been judged. */
PublishFront front_of(BytesView bytes, const Terms& terms) {
  FixedHeader header{};
  parse_fixed_header(bytes, header);
  PublishFront front;
  (void)read_publish(bytes, header, terms, front);
  return front;
}

}  // namespace

bool Connection::readable() {
  if (over_) return true;
  if (owed_ > 0) return !unreplaced_.empty() || !incoming_.bytes().empty() || fill(SIZE_MAX) > 0 || over_;
  return advance();
}

bool Connection::has_input() {
  const bool has_end = stream_readable_ || outlet_.failed();  // that, too, is found by reading
  const bool may_come = !over_ && has_end && !(congested_ && congested_->load(std::memory_order_relaxed));
  if (!may_come || backlog() <= backlog_limit) return may_come;
  const auto lock = outlet_.lock();
  input_blocked_ = has_backlog();
  return !input_blocked_;
}

bool Connection::read_little() {
  if (!is_watched_.exchange(false)) return false;  // what was watched was an earlier connection
  const Reader reader = reader_if_free();
  if (!reader || !has_little()) return false;  // the receive thread, which has been woken as well, reads it
  stream_readable_ = true;
  const bool is_for_paho = take_packets(short_fill);
  has_news_ = false;
  return is_for_paho || has_input();
}

void Connection::flush_replies() {
  // Where a burst has been left to the send thread that takes them along.
  if (claim_replies() && !is_flush_wanted()) flush();
}

/** Whether nothing is under way that is for Paho, nor much. */
bool Connection::has_little() const {
  return !over_ && !closed_ && !is_with_paho_ && !awaits_packet_for_paho() &&
         incoming_.bytes().size() <= short_fill;
}

/** Whether there is something for Paho: a packet, of which enough is here, or an end to report. */
bool Connection::advance() {
  is_with_paho_ = false;
  return take_packets(awaits_packet_for_paho() ? short_fill : SIZE_MAX);
}

void Connection::announce_news(bool more) {
  const bool is_new = std::exchange(has_news_, false);
  if (!is_new && !owes_end_of_news_) return;
  // A read without news ends them, too: what fills it may be a single packet that takes its time.
  owes_end_of_news_ = is_new && more;
  if (announce_) announce_(owes_end_of_news_);
}

/** Reads once at most, so that a flood on one connection leaves the others their turn. */
bool Connection::take_packets(size_t at_most) {
  size_t packets = 0;
  size_t bytes = 0;
  for (;;) {
    FixedHeader header{};
    const HeaderState state =
        skip() ? parse_fixed_header(incoming_.bytes(), header) : HeaderState::incomplete;
    if (state == HeaderState::malformed) violate({malformed_packet, "A packet with a malformed length"});
    if (over_) return true;
    const Opening opening = state == HeaderState::complete ? open_next(header) : Opening::incomplete;
    if (over_) return true;
    if (opening == Opening::kept_back) {
      packets++;
      continue;
    }
    if (opening == Opening::opened || bytes > 0) break;
    bytes = fill(at_most);
    if (bytes == 0) break;
  }
  current_ = {};  // the bytes may move
  incoming_.rest();
  if (packets <= few_packets && bytes <= short_fill) offer_what_comes();
  return over_ || owed_ > 0;
}

/** To whoever waits for it, unless the receive thread still has something to do here. */
void Connection::offer_what_comes() {
  if (!has_little() || stream_readable_ || !little_ || is_watched_) return;
  is_watched_ = true;  // first: the other thread may be here before `little_` returns
  if (!little_(stream_->descriptor())) is_watched_ = false;
}

Connection::Opening Connection::open_next(const FixedHeader& header) {
  if (auto violation = inspector_.check(header)) violate(*violation);
  if (header.packet_size() > maximum_packet_size_)
    violate({packet_too_large, "A packet of " + std::to_string(header.packet_size()) +
                                   " bytes; the limit is " + std::to_string(maximum_packet_size_)});
  if (over_) return Opening::kept_back;
  const BytesView arrived = incoming_.bytes();
  // Of QoS 2 Paho would keep the payload until PUBREL, which may never come.
  const bool streams = header.type == PacketType::publish && (header.flags & 0x04) == 0 &&
                       header.packet_size() > net::ReadAhead::capacity;
  if (!streams && arrived.size() < header.packet_size()) {
    await_more(header);
    return Opening::incomplete;
  }
  current_ = arrived.first(std::min(arrived.size(), header.packet_size()));
  Finding finding = inspector_.inspect(current_, header);
  switch (finding.kind) {
    case Finding::Kind::incomplete:
      await_more(header);
      return Opening::incomplete;
    case Finding::Kind::violation:
      violate(finding.violation);
      return Opening::kept_back;
    case Finding::Kind::kept_back:
      note(header);
      if (finding.reply) reply(*finding.reply);
      settle(finding);
      unskipped_ = header.packet_size();
      return Opening::kept_back;
    case Finding::Kind::for_paho:
      if (passes_paho(header)) {
        deliver(header, finding);
        incoming_.consume(header.packet_size());
        return Opening::kept_back;
      }
      note(header);
      settle(finding);
      replacement_ = std::move(finding.replacement);
      return open(header, finding.replaced);
  }
  return Opening::kept_back;
}

/** Makes room for more of a packet: twice what is here, whatever length it claims, for that may be a lie. */
void Connection::await_more(const FixedHeader& header) {
  current_ = {};  // the bytes are about to move
  incoming_.reserve(std::min(header.packet_size(), incoming_.bytes().size() * 2 + 16));
}

/** Passes over the rest of a packet that is kept back; false while some of it is yet to come. */
bool Connection::skip() {
  const size_t arrived = std::min(unskipped_, incoming_.bytes().size());
  incoming_.consume(arrived);
  unskipped_ -= arrived;
  return unskipped_ == 0;
}

/** Gives the current packet to Paho, but for so many bytes at its front that the replacement stands for. */
Connection::Opening Connection::open(const FixedHeader& header, size_t replaced) {
  unreplaced_ = replacement_;
  incoming_.consume(replaced);
  if (header.type == PacketType::suback || header.type == PacketType::unsuback) requests_--;
  is_with_paho_ = true;
  owed_ = replacement_.size() + header.packet_size() - replaced;
  return Opening::opened;
}

/** Whether a packet is a message that is here: Paho has nothing to keep of those. */
bool Connection::passes_paho(const FixedHeader& header) const {
  const bool is_whole = current_.size() == header.packet_size();
  return header.type == PacketType::publish && is_whole && message_ && established_;
}

void Connection::deliver(const FixedHeader& header, const Finding& finding) {
  const PublishFront replacement =
      finding.replaced > 0 ? front_of(finding.replacement, terms_) : PublishFront{};
  const PublishFront& front = finding.replaced > 0 ? replacement : inspector_.front();
  const auto qos = static_cast<uint8_t>(header.flags >> 1 & 3);
  message_({.topic = {reinterpret_cast<const char*>(front.topic.data()), front.topic.size()},
            .properties = front.properties.size() > 1 ? front.properties : BytesView{},
            .payload = current_.subspan(finding.replaced > 0 ? finding.replaced : front.size),
            .memory = incoming_.memory(),
            .identifier = front.identifier,
            .qos = qos,
            .retain = (header.flags & 0x01) != 0,
            .duplicate = (header.flags & 0x08) != 0});
  has_news_ = true;
  if (qos == 2) inspector_.on_delivered();
  if (qos > 0) reply(acknowledgement(qos == 1 ? PacketType::puback : PacketType::pubrec, front.identifier));
}

/** Leaves with the next flush. */
void Connection::reply(BytesView packet) {
  auto lock = outlet_.lock();
  if (!takes_packets()) return;
  outlet_.gather(packet);
  flush_if_full(lock);
  replies_ = Replies::packets;
}

/** Reports what an acknowledgement ends, and what is wrong with it. */
void Connection::settle(const Finding& finding) {
  if (finding.deviation && deviation_) deviation_(*finding.deviation);
  if (!finding.settled || !settled_) return;
  settled_(*finding.settled, finding.answer.empty() ? current_ : BytesView(finding.answer));
  has_news_ = true;
}

/** What a packet means to the connection itself. */
void Connection::note(const FixedHeader& header) {
  if (header.type == PacketType::connack) obey_connack();
  if (header.type == PacketType::auth && authentication_) authentication_(current_);
  if (header.type != PacketType::disconnect) return;
  Ending ending{{"CONNECTION_LOST", "The broker disconnected this client"}, 0, {}};
  ending.packet.assign(current_.begin(), current_.end());
  if (!connected_) return end(std::move(ending));  // Paho knows none before CONNACK
  const std::lock_guard lock(ending_mutex_);
  if (!ending_) ending_ = std::move(ending);
}

void Connection::obey_connack() {
  deadline_ = net::never;
  const Connack connack = read_connack(inspector_.connack(), protocol_);
  const auto interval =
      connack.server_keep_alive ? std::chrono::seconds(*connack.server_keep_alive) : requested_keepalive_;
  keepalive_.start(interval, net::Clock::now());
  connected_ = connack.reason_code == 0;
  if (!topic_aliases_ || connack.topic_alias_maximum == 0) return;
  const auto lock = outlet_.lock();
  outgoing_aliases_.emplace(connack.topic_alias_maximum, connack.maximum_packet_size);
}

size_t Connection::fill(size_t at_most) {
  if (over_) return 0;
  if (!stream_readable_) {
    // Only when all that the broker sent has been read does a
    // failed write end the connection: it may have said why.
    if (outlet_.failed()) end_broken(outlet_.failure());
    return 0;
  }
  if (!has_input()) return 0;
  current_ = {};  // the bytes are about to move
  const net::Transfer transfer = incoming_.fill(*stream_, at_most);
  return more_may_come(transfer) ? transfer.bytes : 0;
}

/** What is read together with such a packet lies here until Paho has taken that. */
bool Connection::awaits_packet_for_paho() const {
  return !established_ || requests_ > 0;
}

/** Books what a read did. True when bytes came. */
bool Connection::more_may_come(const net::Transfer& transfer) {
  if (transfer.bytes > 0) {
    keepalive_.received(net::Clock::now());
    Replies none = Replies::none;
    if (stream_->delays_ack()) replies_.compare_exchange_strong(none, Replies::ack);
  }
  Traffic::add(traffic_->bytes_received, transfer.bytes);
  if (transfer.unblocks) on_ready(false, true, false);
  switch (transfer.state) {
    case State::moved:
      break;
    case State::drained:
      stream_readable_ = stream_hung_up_;
      break;
    case State::blocked:
      stream_readable_ = false;
      break;
    case State::ended:
      end({{"CONNECTION_LOST", "The broker closed the connection" + stage()}, 0, {}});
      break;
    case State::failed:
      end_broken(net::failure_of(*stream_, "read", transfer));
      break;
  }
  return transfer.bytes > 0;
}

ssize_t Connection::receive(void* into, size_t size) {
  if (size == 0) return 0;  // Paho's probe while it closes, from any thread: buffers stay untouched
  if (over_ || (owed_ == 0 && !advance()) || over_) {
    errno = over_ ? ECONNRESET : EAGAIN;
    return -1;
  }
  const BytesView buffered = unreplaced_.empty() ? incoming_.bytes() : unreplaced_;
  if (buffered.empty()) return stream_into(into, std::min(size, owed_));
  const size_t taken = std::min({size, owed_, buffered.size()});
  std::memcpy(into, buffered.data(), taken);
  if (unreplaced_.empty())
    incoming_.consume(taken);
  else
    unreplaced_ = unreplaced_.subspan(taken);
  owed_ -= taken;
  return static_cast<ssize_t>(taken);
}

/** The rest of a large PUBLISH goes from the stream straight into Paho's memory. */
ssize_t Connection::stream_into(void* into, size_t size) {
  if (stream_readable_) {
    const net::Transfer transfer = stream_->read({static_cast<std::byte*>(into), size});
    if (more_may_come(transfer)) {
      owed_ -= transfer.bytes;
      return static_cast<ssize_t>(transfer.bytes);
    }
  }
  errno = over_ ? ECONNRESET : EAGAIN;
  return -1;
}

}  // namespace mqtt_native::wire
