// Reads, writes and the end of a TLS stream after the handshake.

#include "net/tls/tls_stream.hpp"

#include <openssl/err.h>

#include "tls_fixture.hpp"

using namespace mqtt_native;
using namespace mqtt_native::test;
using mqtt::Bytes;
using State = net::Transfer::State;

namespace {

const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

ServerOptions speaking(int version) {
  return {.identity = &localhost(), .version = version};
}

}  // namespace

TEST_CASE("both versions of TLS carry bytes both ways") {
  for (const int version : versions) {
    Secured secured(speaking(version));
    CHECK(SSL_version(secured.peer.ssl()) == version);
    CHECK(secured.write(text("to the server")).state == State::moved);
    CHECK(secured.peer.receive() == SSL_ERROR_WANT_READ);
    CHECK(secured.peer.received == text("to the server"));
    secured.peer.send(text("to the client"));
    Bytes read;
    CHECK(secured.read_all(read).state == State::drained);
    CHECK(read == text("to the client"));
    CHECK(secured.read_all(read).state == State::blocked);
  }
}

TEST_CASE("records may be cut at any byte, both ways") {
  for (const int version : versions) {
    const auto server = server_context(speaking(version));
    TlsPeer peer(server.get());
    peer.read_at_most = peer.write_at_most = 1;
    net::tls::Context context(trusting());
    auto result = secure(context, peer.stream());
    REQUIRE(code_of(result).empty());
    auto& stream = *std::get<0>(result);
    Bytes content = noise(1000);
    const iovec part{content.data(), content.size()};
    CHECK(stream.write({&part, 1}).bytes == content.size());
    peer.receive();
    CHECK(peer.received == content);
    peer.send(content);
    Bytes read;
    while (read.size() < content.size()) {
      Bytes some(7);
      const net::Transfer transfer = stream.read(some);
      REQUIRE((transfer.state == State::moved || transfer.state == State::drained));
      read.insert(read.end(), some.begin(), some.begin() + static_cast<ptrdiff_t>(transfer.bytes));
    }
    CHECK(read == content);
  }
}

TEST_CASE("decrypted bytes that did not fit are read without a new event") {
  Secured secured;
  Bytes drop;
  secured.read_all(drop);
  const Bytes content = noise(50'000);
  secured.peer.send(content);
  Bytes read;
  CHECK(secured.read_all(read, 100).state != State::failed);
  CHECK(read == content);
}

TEST_CASE("a part of a record yields no bytes yet") {
  Secured secured;
  Bytes read;
  secured.read_all(read);
  secured.peer.send(text("hello"));
  secured.peer.readable = 10;
  CHECK(secured.read_all(read).state == State::drained);
  CHECK(secured.read_all(read).state == State::blocked);
  CHECK(read.empty());
  secured.peer.readable = SIZE_MAX;
  CHECK(secured.read_all(read).state == State::drained);
  CHECK(read == text("hello"));
}

TEST_CASE("small parts share a record; a flush is one record and one write") {
  Secured secured;
  std::vector<Bytes> parts(300, noise(20));
  std::vector<iovec> vector;
  for (Bytes& part : parts) vector.push_back({part.data(), part.size()});
  vector.push_back({nullptr, 0});
  const net::Transfer transfer = secured.stream().write(vector);
  CHECK(transfer.state == State::moved);
  CHECK(transfer.bytes == 6000);
  secured.peer.receive();
  CHECK(secured.peer.records == 1);
  CHECK(secured.peer.writes == 1);
  Bytes all;
  for (const Bytes& part : parts) all = std::move(all) + part;
  CHECK(secured.peer.received == all);
}

TEST_CASE("large parts fill whole records, also behind a small one") {
  Secured secured;
  Bytes head = noise(10);
  Bytes body = noise(100'000);
  const iovec parts[] = {{head.data(), head.size()}, {body.data(), body.size()}};
  CHECK(secured.stream().write(parts).bytes == 100'010);
  secured.peer.receive();
  CHECK(secured.peer.records == 7);
  CHECK(secured.peer.writes == 2);
  CHECK(secured.peer.received == head + body);
}

TEST_CASE("only bytes of completely written records count as written") {
  for (const size_t portion : {1, 100, 5'000, 16'384, 20'000, 70'000}) {
    Secured secured;
    const Bytes content = noise(200'000);
    size_t taken = 0;
    while (taken < content.size()) {
      secured.peer.writable = portion;
      const iovec rest{const_cast<std::byte*>(content.data()) + taken, content.size() - taken};
      const net::Transfer transfer = secured.stream().write({&rest, 1});
      REQUIRE((transfer.state == State::blocked || transfer.state == State::moved));
      taken += transfer.bytes;
      secured.peer.receive();
      REQUIRE(secured.peer.received.size() == taken);  // only complete records can be read
    }
    CHECK(secured.peer.received == content);
  }
}

TEST_CASE("an empty write continues, and the next write reports the written bytes") {
  Secured secured;
  const Bytes content = noise(1000);
  secured.peer.writable = 500;
  CHECK(secured.write(content).state == State::blocked);
  secured.peer.writable = SIZE_MAX;
  CHECK(secured.stream().write({}).bytes == 0);
  secured.peer.receive();
  CHECK(secured.peer.received == content);
  const net::Transfer rest = secured.write(content + text("more"));
  CHECK(rest.state == State::moved);
  CHECK(rest.bytes == 1004);
  secured.peer.receive();
  CHECK(secured.peer.received == content + text("more"));
}

TEST_CASE("the peer may update the keys of both sides") {
  Secured secured(speaking(TLS1_3_VERSION));
  for (int i = 0; i < 3; i++) {
    REQUIRE(SSL_key_update(secured.peer.ssl(), SSL_KEY_UPDATE_REQUESTED) == 1);
    secured.peer.send(text("new"));
    Bytes read;
    secured.read_all(read);
    CHECK(read == text("new"));
    secured.write(text("keys"));
    secured.peer.receive();
    CHECK(SSL_get_key_update_type(secured.peer.ssl()) == SSL_KEY_UPDATE_NONE);
  }
  CHECK(secured.peer.received == text("keyskeyskeys"));
}

TEST_CASE("the answer to a key update waits behind unsent records") {
  Secured secured(speaking(TLS1_3_VERSION));
  const Bytes content = noise(40'000);
  secured.peer.writable = 20'000;
  const net::Transfer first = secured.write(content);
  CHECK(first.state == State::blocked);
  CHECK(first.bytes == 16 * 1024);
  REQUIRE(SSL_key_update(secured.peer.ssl(), SSL_KEY_UPDATE_REQUESTED) == 1);
  secured.peer.send(text("new"));
  Bytes read;
  secured.read_all(read);
  secured.peer.writable = SIZE_MAX;
  const Bytes rest(content.begin() + 16 * 1024, content.end());
  CHECK(secured.write(rest).bytes == rest.size());
  CHECK(secured.peer.receive() == SSL_ERROR_WANT_READ);
  CHECK(secured.peer.received == content);
}

namespace {

/** Makes a server whose tickets contain the client's certificate, and so have several records. */
struct Ticketing {
  Ticketing() : client(issue({.subject = std::string(60, 'c'), .names = names()}, &authority())) {
    settings.certificates = {source(client.pem())};
    settings.keys = {source(client.key_pem())};
  }

  static std::string names() {
    std::string list = "DNS:a";
    for (int i = 0; i < 60; i++) list += ",DNS:client-" + std::to_string(i) + ".example.org";
    return list;
  }

  Issued client;
  net::tls::Settings settings = trusting();
  ServerOptions options{.identity = &localhost(),
                        .client_authority = &authority(),
                        .version = TLS1_3_VERSION,
                        .largest_record = 512};
};

}  // namespace

TEST_CASE("a write during a handshake message of the peer is sent when that is complete") {
  const Ticketing ticketing;
  Secured secured(ticketing.options, ticketing.settings);
  Bytes read;
  secured.peer.readable = 600;  // one record of a ticket and a part of the next one
  CHECK(secured.read_all(read).state == State::drained);
  CHECK(secured.write(text("in between")).bytes == 10);
  CHECK(secured.peer.receive() == SSL_ERROR_WANT_READ);
  CHECK(secured.peer.received.empty());

  SUBCASE("by the reading thread") {
    secured.peer.readable = SIZE_MAX;
    const net::Transfer transfer = secured.read_all(read);
    CHECK(transfer.state == State::drained);
    CHECK_FALSE(transfer.unblocks);  // no write waits
    secured.peer.receive();
    CHECK(secured.peer.received == text("in between"));
    secured.write(text(", after"));
    secured.peer.receive();
    CHECK(secured.peer.received == text("in between, after"));
  }
  SUBCASE("a write during a handshake message is bounded") {
    const Bytes more = noise(100'000);
    const net::Transfer transfer = secured.write(more);
    CHECK(transfer.state == State::blocked);
    CHECK(transfer.awaits_read);
    CHECK(transfer.bytes < more.size());
    secured.peer.readable = SIZE_MAX;
    CHECK(secured.read_all(read).unblocks);
    CHECK(secured.write(Bytes(more.begin() + static_cast<ptrdiff_t>(transfer.bytes), more.end())).state ==
          State::moved);
    secured.peer.receive();
    CHECK(secured.peer.received == text("in between") + more);
  }
  SUBCASE("the close alert waits for a handshake message") {
    secured.stream().finish_writing();
    CHECK_FALSE(secured.peer.finished);
    secured.peer.readable = SIZE_MAX;
    secured.read_all(read);
    CHECK(secured.peer.receive() == SSL_ERROR_ZERO_RETURN);
    CHECK(secured.peer.received == text("in between"));
    CHECK(secured.peer.finished);
  }
}

TEST_CASE("both sides send a close alert") {
  for (const int version : versions) {
    Secured secured(speaking(version));
    secured.write(text("bye"));
    secured.stream().finish_writing();
    CHECK(secured.peer.finished);
    CHECK(secured.peer.receive() == SSL_ERROR_ZERO_RETURN);
    CHECK(secured.peer.received == text("bye"));
    CHECK(secured.write(text("more")).state == State::failed);
    secured.peer.send(text("bye, too"));
    SSL_shutdown(secured.peer.ssl());
    Bytes read;
    CHECK(secured.read_all(read).state == State::ended);
    CHECK(read == text("bye, too"));
    CHECK(secured.read_all(read).state == State::ended);
  }
}

TEST_CASE("the close alert waits for unsent records") {
  Secured secured;
  secured.peer.writable = 10;
  CHECK(secured.write(text("bye")).state == State::blocked);
  secured.stream().finish_writing();
  CHECK_FALSE(secured.peer.finished);
  secured.peer.writable = SIZE_MAX;
  secured.stream().write({});
  CHECK(secured.peer.finished);
  CHECK(secured.peer.receive() == SSL_ERROR_ZERO_RETURN);
  CHECK(secured.peer.received == text("bye"));
}

TEST_CASE("an end of the inner stream is an end") {
  Secured secured;
  Bytes read;
  secured.read_all(read);
  secured.peer.send(text("last"));
  secured.peer.cut_after = secured.peer.passed + 10'000;
  CHECK(secured.read_all(read).state == State::drained);
  CHECK(read == text("last"));
  secured.peer.cut_after = secured.peer.passed;
  CHECK(secured.read_all(read).state == State::ended);
  CHECK_FALSE(secured.stream().failure());
}

TEST_CASE("a broken inner stream is reported after the bytes before") {
  Secured secured;
  Bytes read;
  secured.read_all(read);
  secured.peer.send(text("last"));
  secured.peer.cut_after = secured.peer.passed + 26;
  secured.peer.read_error = ECONNRESET;
  CHECK(secured.read_all(read).state == State::drained);
  const net::Transfer transfer = secured.read_all(read);
  CHECK(read == text("last"));
  CHECK(transfer.state == State::failed);
  CHECK(net::to_failure(secured.stream(), "read", transfer).text == "read ECONNRESET");
  secured.peer.write_error = EPIPE;
  CHECK(secured.write(text("x")).error == EPIPE);
}

TEST_CASE("a forged record ends the connection after the bytes before, and the peer gets an alert") {
  for (const int version : versions) {
    Secured secured(speaking(version));
    Bytes read;
    secured.read_all(read);
    secured.peer.send(text("true"));
    secured.peer.readable = 0;
    secured.read_all(read);  // the server's bytes have been sent
    secured.peer.send(text("forged"));
    secured.read_all(read);
    secured.peer.to_client.back() ^= std::byte{1};
    secured.peer.readable = SIZE_MAX;
    const net::Transfer transfer = secured.read_all(read);
    CHECK(read == text("true"));
    CHECK(transfer.state == State::failed);
    CHECK(secured.stream().failure()->code == "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC");
    CHECK(secured.stream().failure()->text == "TLS with localhost: decryption failed or bad record mac");
    CHECK(secured.read_all(read).state == State::failed);
    CHECK(secured.write(text("more")).state == State::failed);
    CHECK(secured.peer.receive() == SSL_ERROR_SSL);
    CHECK(ERR_GET_REASON(ERR_peek_error()) == SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
  }
}
