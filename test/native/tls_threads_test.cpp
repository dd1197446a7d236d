// A TLS connection that is read and written concurrently, over a real socket.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "net/socket_stream.hpp"
#include "tls_fixture.hpp"

using namespace mqtt_native;
using namespace mqtt_native::test;
using mqtt::Bytes;
using State = net::Transfer::State;

namespace {

/** Both ends of a connection; the server's blocks. */
struct Ends {
  Ends() {
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    server = base::FileDescriptor(pair[0]);
    base::FileDescriptor ours(pair[1]);
    ::fcntl(ours.number(), F_SETFL, O_NONBLOCK);
    client = std::make_unique<net::SocketStream>(std::move(ours));
  }
  base::FileDescriptor server;
  std::unique_ptr<net::Stream> client;
};

/** Echoes all bytes and updates the keys now and then, until the client has finished. */
void echo(SSL_CTX* context, int socket) {
  const net::tls::Ssl ssl(SSL_new(context));
  SSL_set_fd(ssl.get(), socket);
  REQUIRE(SSL_accept(ssl.get()) == 1);
  Bytes part(20'000);
  for (size_t round = 1;; round++) {
    size_t count = 0;
    if (SSL_read_ex(ssl.get(), part.data(), part.size(), &count) != 1) break;
    if (round % 100 == 0 && SSL_version(ssl.get()) == TLS1_3_VERSION)
      SSL_key_update(ssl.get(), SSL_KEY_UPDATE_REQUESTED);
    REQUIRE(SSL_write_ex(ssl.get(), part.data(), count, &count) == 1);
  }
  SSL_shutdown(ssl.get());
}

void wait_for(const net::Stream& stream, short events) {
  pollfd entry{stream.descriptor(), events, 0};
  REQUIRE(::poll(&entry, 1, 30'000) == 1);
}

void write_all(net::Stream& stream, const Bytes& content) {
  for (size_t written = 0; written < content.size();) {
    // Alternates between many small parts and one large part.
    std::vector<iovec> parts;
    const size_t size = written % 3 == 0 ? 100'000 : 700;
    for (size_t at = written; at < content.size() && parts.size() < 50; at += size)
      parts.push_back({const_cast<std::byte*>(content.data()) + at, std::min(size, content.size() - at)});
    const net::Transfer transfer = stream.write(parts);
    REQUIRE((transfer.state == State::moved || transfer.state == State::blocked));
    written += transfer.bytes;
    if (transfer.state == State::blocked) wait_for(stream, POLLOUT);
  }
  stream.finish_writing();
  while (stream.write({}).state == State::blocked) wait_for(stream, POLLOUT);
}

Bytes read_to_end(net::Stream& stream) {
  Bytes content;
  Bytes part(64 * 1024);
  for (;;) {
    const net::Transfer transfer = stream.read(part);
    content.insert(content.end(), part.begin(), part.begin() + static_cast<ptrdiff_t>(transfer.bytes));
    if (transfer.state == State::ended) return content;
    REQUIRE(transfer.state != State::failed);
    if (transfer.state == State::blocked) wait_for(stream, POLLIN);
  }
}

}  // namespace

TEST_CASE("one thread reads while another writes") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto context = server_context({.identity = &localhost(), .version = version});
    Ends ends;
    std::thread server(echo, context.get(), ends.server.number());
    net::tls::Context client(trusting());
    auto result = secure(client, std::move(ends.client));
    REQUIRE(code_of(result).empty());
    net::Stream& stream = *std::get<0>(result);
    const Bytes content = noise(8'000'000);
    std::thread writer([&] { write_all(stream, content); });
    CHECK(read_to_end(stream) == content);
    writer.join();
    server.join();
  }
}

TEST_CASE("several dials may share a client's TLS context") {
  const auto context = server_context({.identity = &localhost()});
  net::tls::Context client(trusting());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; round++) {
        Ends ends;
        std::thread server(echo, context.get(), ends.server.number());
        auto result = secure(client, std::move(ends.client));
        REQUIRE(code_of(result).empty());
        net::Stream& stream = *std::get<0>(result);
        write_all(stream, text("hello"));
        CHECK(read_to_end(stream) == text("hello"));
        server.join();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}
