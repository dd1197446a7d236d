// Settings of a handshake, client certificates, and failed handshakes.

#include <openssl/err.h>

#include "tls_fixture.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native;
using namespace mqtt_native::test;
using net::tls::Settings;
using State = net::Transfer::State;

TEST_CASE("SNI has the host's name, unless that is an address") {
  const auto asked = [](const Settings& settings, const std::string& host) {
    const auto server = server_context({.identity = &localhost()});
    TlsPeer peer(server.get());
    net::tls::Context context(settings);
    const auto result = secure(context, peer.stream(), host);
    REQUIRE(code_of(result).empty());
    const char* name = SSL_get_servername(peer.ssl(), TLSEXT_NAMETYPE_host_name);
    return std::string(name == nullptr ? "-" : name);
  };
  CHECK(asked(trusting(), "localhost") == "localhost");
  CHECK(asked(trusting(), "localhost.") == "localhost");
  CHECK(asked(trusting(), "127.0.0.1") == "-");
  CHECK(asked(trusting(), "::1") == "-");
  Settings settings = trusting();
  settings.server_name = "localhost";
  CHECK(asked(settings, "10.0.0.1") == "localhost");
  settings.server_name = "";
  CHECK(asked(settings, "localhost") == "-");
}

TEST_CASE("ALPN protocols are offered, and none need be chosen") {
  Settings settings = trusting();
  settings.protocols = {"x-amzn-mqtt-ca", "mqtt"};
  for (const char* protocol : {"mqtt", "http/1.1"}) {
    Secured secured({.identity = &localhost(), .protocol = protocol}, settings);
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(secured.peer.ssl(), &chosen, &size);
    CHECK(size == (protocol == std::string("mqtt") ? 4 : 0));
  }
}

TEST_CASE("versions and ciphers are those of the settings") {
  Settings settings = trusting();
  settings.max_version = net::tls::Version::tls12;
  CHECK(SSL_version(Secured({.identity = &localhost()}, settings).peer.ssl()) == TLS1_2_VERSION);
  CHECK(code_of(meet({.identity = &localhost(), .version = TLS1_3_VERSION}, settings)) ==
        "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  settings = trusting();
  settings.min_version = net::tls::Version::tls13;
  CHECK(code_of(meet({.identity = &localhost(), .version = TLS1_2_VERSION}, settings)) ==
        "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  CHECK(code_of(meet({.identity = &localhost(), .version = TLS1_1_VERSION}, trusting())) ==
        "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  const auto cipher = [](const std::string& ciphers, int version = 0) {
    Settings with = trusting();
    with.ciphers = ciphers;
    Secured secured({.identity = &localhost(), .version = version}, with);
    return std::string(SSL_get_cipher_name(secured.peer.ssl()));
  };
  CHECK(cipher("TLS_CHACHA20_POLY1305_SHA256") == "TLS_CHACHA20_POLY1305_SHA256");
  const std::string both = "ECDHE-ECDSA-AES128-SHA256:TLS_AES_128_GCM_SHA256";
  CHECK(cipher(both) == "TLS_AES_128_GCM_SHA256");
  CHECK(cipher(both, TLS1_2_VERSION) == "ECDHE-ECDSA-AES128-SHA256");
  settings = trusting();
  settings.ciphers = "TLS_AES_128_GCM_SHA256";  // without a cipher for TLS 1.2, which is not offered then
  CHECK(code_of(meet({.identity = &localhost(), .version = TLS1_2_VERSION}, settings)) ==
        "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  settings.ciphers = "NO-SUCH-CIPHER";
  CHECK(code_of(meet({.identity = &localhost()}, settings)) == "ERR_SSL_NO_CIPHER_MATCH");
  CHECK(text_of(meet({.identity = &localhost()}, settings)) == "ciphers: no cipher match");
}

TEST_CASE("a server without a certificate is rejected") {
  const auto server = server_context({.identity = &localhost(), .version = TLS1_2_VERSION});
  SSL_CTX_set_cipher_list(server.get(), "ADH:@SECLEVEL=0");
  SSL_CTX_set_dh_auto(server.get(), 1);
  TlsPeer peer(server.get());
  Settings settings = trusting();
  settings.ciphers = "ADH:@SECLEVEL=0";
  net::tls::Context context(settings);
  CHECK(code_of(secure(context, peer.stream())) == "UNABLE_TO_GET_ISSUER_CERT");
}

TEST_CASE("a server may require a client certificate") {
  const Issued client = issue({.subject = "client", .names = ""}, &authority());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const ServerOptions options{
        .identity = &localhost(), .client_authority = &authority(), .version = version};
    Settings settings = trusting();
    settings.certificates = {source(client.pem())};
    settings.keys = {source(client.key_pem())};
    Secured secured(options, settings);
    const net::tls::Certificate shown(SSL_get1_peer_certificate(secured.peer.ssl()));
    CHECK(X509_cmp(shown.get(), client.certificate.get()) == 0);
  }
  // In TLS 1.2 the handshake fails without it. In TLS 1.3 the client finishes before the server refuses.
  CHECK(code_of(meet({.identity = &localhost(), .client_authority = &authority(), .version = TLS1_2_VERSION},
                     trusting())) == "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE");
  Secured refused({.identity = &localhost(), .client_authority = &authority(), .version = TLS1_3_VERSION},
                  trusting());
  mqtt::Bytes read;
  const net::Transfer transfer = refused.read_all(read);
  CHECK(transfer.state == State::failed);
  CHECK(net::to_failure(refused.stream(), "read", transfer).code ==
        "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
  CHECK(net::to_failure(refused.stream(), "read", transfer).text ==
        "TLS with localhost: tlsv13 alert certificate required");
}

TEST_CASE("the client certificate fits the server's request and has its chain") {
  const Issued between = issue({.subject = "Between", .is_authority = true}, &authority());
  const Issued elliptic = issue({.subject = "elliptic"}, &between);
  const Issued rsa = issue({.subject = "rsa", .rsa_bits = 2048}, &between);
  Settings settings = trusting();
  settings.certificates = {source(elliptic.pem() + between.pem()), source(rsa.pem() + between.pem())};
  settings.keys = {source(elliptic.key_pem()), source(rsa.key_pem())};
  for (const Issued* expected : {&elliptic, &rsa}) {
    const auto server = server_context(
        {.identity = &localhost(), .client_authority = &authority(), .version = TLS1_3_VERSION});
    SSL_CTX_set1_client_sigalgs_list(server.get(), expected == &rsa ? "rsa_pss_rsae_sha256" : "ECDSA+SHA256");
    Secured secured(server, settings);
    const net::tls::Certificate shown(SSL_get1_peer_certificate(secured.peer.ssl()));
    REQUIRE(shown);
    CHECK(X509_cmp(shown.get(), expected->certificate.get()) == 0);
  }
}

TEST_CASE("a peer may close at any byte of the handshake") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto server = server_context({.identity = &localhost(), .version = version});
    size_t succeeded = 0;
    for (size_t after = 0; succeeded == 0; after += after < 20 ? 1 : 37) {
      TlsPeer peer(server.get());
      peer.cut_after = after;
      peer.read_error = after % 2 == 0 ? 0 : ECONNRESET;
      net::tls::Context context(trusting());
      const auto result = secure(context, peer.stream());
      if (code_of(result).empty()) {
        succeeded = after;
        continue;
      }
      REQUIRE(code_of(result) == "ECONNRESET");
      CHECK(text_of(result) ==
            std::string(after % 2 == 0 ? "The peer closed the connection" : "read ECONNRESET") +
                " before TLS with localhost had been established");
    }
    CHECK(succeeded > 500);
  }
}

TEST_CASE("a peer that accepts no more bytes may have sent its reason") {
  const auto server = server_context({.identity = &localhost(), .version = TLS1_2_VERSION});
  Settings settings = trusting();
  settings.min_version = net::tls::Version::tls13;
  TlsPeer peer(server.get());
  net::tls::Context context(settings);
  CHECK(code_of(secure(context, peer.stream())) == "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  TlsPeer silent(server.get());
  silent.write_error = EPIPE;
  silent.cut_after = 0;
  CHECK(code_of(secure(context, silent.stream())) == "ECONNRESET");
}

TEST_CASE("an answer that is not TLS is recognised") {
  const auto server = server_context({.identity = &localhost()});
  TlsPeer peer(server.get());
  peer.to_client = text("HTTP/1.1 400 Bad Request\r\n\r\n");
  net::tls::Context context(trusting());
  const auto result = secure(context, peer.stream());
  CHECK(code_of(result) == "ERR_SSL_WRONG_VERSION_NUMBER");
  CHECK(text_of(result) == "TLS with localhost: wrong version number (does this port speak TLS?)");
}

TEST_CASE("a handshake keeps its deadline, and can be cancelled") {
  const auto server = server_context({.identity = &localhost()});
  TlsPeer peer(server.get());
  peer.readable = 0;
  net::tls::Context context(trusting());
  const auto late = secure(context, peer.stream(), "localhost", 0s);
  CHECK(code_of(late) == "TIMEOUT");
  CHECK(text_of(late) == "Timed out while negotiating TLS with localhost");
  peer.writable = 0;
  CHECK(code_of(secure(context, peer.stream(), "localhost", 0s)) == "TIMEOUT");
  net::CancellationToken cancel;
  cancel.cancel();
  CHECK(code_of(context.secure(peer.stream(), "localhost", net::ConnectDeadline(base::never, cancel))) ==
        "ABORTED");
}

TEST_CASE("the latest session is resumed, with the same host only") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto server = server_context({.identity = &localhost(), .version = version});
    net::tls::Context context(trusting());
    const auto resumes = [&](const std::string& host = "localhost") {
      TlsPeer peer(server.get());
      auto result = secure(context, peer.stream(), host);
      REQUIRE(code_of(result).empty());
      peer.receive();
      mqtt::Bytes ticket(100);
      auto& stream = std::get<0>(result);
      CHECK(stream->read(ticket).bytes == 0);  // TLS 1.3 tickets arrive now
      stream.reset();                          // without a close alert
      return SSL_session_reused(peer.ssl()) == 1;
    };
    CHECK_FALSE(resumes());
    CHECK(resumes());
    CHECK(resumes());
    CHECK_FALSE(resumes("127.0.0.1"));
    CHECK(resumes("127.0.0.1"));
    CHECK_FALSE(resumes());
  }
}
