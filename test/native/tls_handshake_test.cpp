// Verification of the peer, client certificates, and failed handshakes.

#include <openssl/err.h>

#include "tls_fixture.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native;
using namespace mqtt_native::test;
using net::tls::Settings;
using State = net::Transfer::State;

namespace {

/** Performs a handshake with a server that has this certificate. */
net::DialResult meet(const ServerOptions& options, const Settings& settings,
                     const std::string& host = "localhost") {
  const auto server = server_context(options);
  TlsPeer peer(server.get());
  net::tls::Context context(settings);
  auto result = secure(context, peer.stream(), host);
  if (auto* stream = std::get_if<std::unique_ptr<net::Stream>>(&result))
    stream->reset();  // the stream must end before the peer
  return result;
}

std::string verdict(const Issued& identity, const Settings& settings, const std::string& host = "localhost",
                    const std::vector<const Issued*>& chain = {}) {
  return code_of(meet({.identity = &identity, .chain = chain}, settings, host));
}

/** Returns the server's view of a handshake that the client ends. */
int alert_for(const Issued& identity, const Settings& settings, const std::string& host = "localhost") {
  const auto server = server_context({.identity = &identity});
  TlsPeer peer(server.get());
  net::tls::Context context(settings);
  CHECK_FALSE(code_of(secure(context, peer.stream(), host)).empty());
  CHECK(peer.receive() == SSL_ERROR_SSL);
  return ERR_GET_REASON(ERR_peek_error());
}

}  // namespace

TEST_CASE("a server is accepted if its chain leads to a trusted CA") {
  CHECK(verdict(localhost(), trusting()).empty());
  const Issued intermediate = issue({.subject = "Between", .is_authority = true}, &authority());
  const Issued leaf = issue({}, &intermediate);
  CHECK(verdict(leaf, trusting(), "localhost", {&intermediate}).empty());
  CHECK(verdict(leaf, trusting(authority().pem() + intermediate.pem())).empty());
  const Issued self_signed = issue({});
  CHECK(verdict(self_signed, trusting(self_signed.pem())).empty());
  Settings partial = trusting(intermediate.pem());
  CHECK(verdict(leaf, partial) == "UNABLE_TO_GET_ISSUER_CERT");
  partial.partial_chains = true;
  CHECK(verdict(leaf, partial).empty());
}

TEST_CASE("a rejected server certificate has Node's error code") {
  const Issued other = issue({.subject = "Other CA", .is_authority = true});
  const Issued expired = issue({.from = -7200, .until = -3600}, &authority());
  CHECK(verdict(expired, trusting()) == "CERT_HAS_EXPIRED");
  CHECK(verdict(issue({.from = 3600, .until = 7200}, &authority()), trusting()) == "CERT_NOT_YET_VALID");
  CHECK(verdict(issue({}), trusting()) == "DEPTH_ZERO_SELF_SIGNED_CERT");
  CHECK(verdict(issue({}, &other), trusting(), "localhost", {&other}) == "SELF_SIGNED_CERT_IN_CHAIN");
  CHECK(verdict(issue({}, &other), trusting()) == "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  const Issued intermediate = issue({.subject = "Between", .is_authority = true}, &other);
  CHECK(verdict(issue({}, &intermediate), trusting(), "localhost", {&intermediate}) ==
        "UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
  const Issued no_authority = issue({.subject = "Nobody"}, &authority());
  CHECK(verdict(issue({}, &no_authority), trusting(), "localhost", {&no_authority}) == "INVALID_PURPOSE");
  CHECK(verdict(issue({.usage = "clientAuth"}, &authority()), trusting()) == "INVALID_PURPOSE");
  const Issued limited = issue({.subject = "Limited", .is_authority = true, .path_length = 0}, &authority());
  const Issued below = issue({.subject = "Below", .is_authority = true}, &limited);
  CHECK(verdict(issue({}, &below), trusting(), "localhost", {&below, &limited}) == "PATH_LENGTH_EXCEEDED");
  CHECK(verdict(issue({.rsa_bits = 1024}, &authority()), trusting()) == "EE_KEY_TOO_SMALL");
  const Issued small = issue({.subject = "Small", .is_authority = true, .rsa_bits = 1024}, &authority());
  CHECK(verdict(issue({}, &small), trusting(), "localhost", {&small}) == "CA_KEY_TOO_SMALL");
  CHECK(verdict(issue({.digest = EVP_sha1()}, &authority()), trusting()) == "CA_MD_TOO_WEAK");
  Settings nobody;
  nobody.ca_certificates.emplace();
  CHECK(verdict(localhost(), nobody) == "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
}

TEST_CASE("a verification error names the certificate and the host, and the peer gets an alert") {
  const Issued expired = issue({.subject = "old\nbroker", .from = -7200, .until = -3600}, &authority());
  const auto result = meet({.identity = &expired}, trusting());
  CHECK(text_of(result) == "Certificate of localhost: certificate has expired (CN = old\\0Abroker)");
  CHECK(alert_for(expired, trusting()) == SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED);
  CHECK(alert_for(issue({}), trusting()) == SSL_R_TLSV1_ALERT_UNKNOWN_CA);
  CHECK(alert_for(localhost(), trusting(), "other") == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE);
}

TEST_CASE("revoked certificates are refused, and unknown revocations, too") {
  const Issued good = issue({}, &authority());
  const Issued bad = issue({}, &authority());
  Settings settings = trusting();
  settings.revocations = {source(revoke(authority(), {&bad}))};
  CHECK(verdict(good, settings).empty());
  CHECK(verdict(bad, settings) == "CERT_REVOKED");
  settings.revocations = {source(revoke(authority(), {&bad}, -60))};
  CHECK(verdict(good, settings) == "CRL_HAS_EXPIRED");
  const Issued other = issue({.subject = "Other CA", .is_authority = true});
  settings.revocations = {source(revoke(other, {}))};
  CHECK(verdict(good, settings) == "UNABLE_TO_GET_CRL");
  settings.revocations.push_back(source(revoke(authority(), {&bad})));
  CHECK(verdict(good, settings).empty());
}

TEST_CASE("a certificate must match the host") {
  const auto checked = [](const std::string& names, const std::string& host) {
    return verdict(issue({.names = names}, &authority()), trusting(), host);
  };
  const std::string wrong = "ERR_TLS_CERT_ALTNAME_INVALID";
  CHECK(checked("DNS:broker.example", "broker.example").empty());
  CHECK(checked("DNS:broker.example", "Broker.Example.").empty());
  CHECK(checked("DNS:broker.example", "other.example") == wrong);
  CHECK(checked("DNS:*.example.org", "broker.example.org").empty());
  CHECK(checked("DNS:*.example.org", "a.broker.example.org") == wrong);
  CHECK(checked("DNS:*.example.org", "example.org") == wrong);
  CHECK(checked("DNS:b*.example.org", "broker.example.org") == wrong);
  CHECK(checked("IP:127.0.0.1", "127.0.0.1").empty());
  CHECK(checked("IP:127.0.0.1", "127.0.0.2") == wrong);
  CHECK(checked("DNS:127.0.0.1", "127.0.0.1") == wrong);
  CHECK(checked("IP:::1", "::1").empty());
  CHECK(checked("IP:fe80::1", "fe80::1%eth0").empty());
  CHECK(checked("", "localhost").empty());  // the subject counts if there is no other name
  CHECK(checked("DNS:elsewhere", "localhost") == wrong);
  CHECK(checked("DNS:localhost", "").empty());
  CHECK(checked("DNS:localhost", std::string("localhost\0.evil", 15)) == "ERR_INVALID_ARG_VALUE");
}

TEST_CASE("a wrong name is reported with the right ones") {
  const Issued identity = issue({.names = "DNS:a.example,DNS:b.example,IP:10.0.0.1"}, &authority());
  CHECK(text_of(meet({.identity = &identity}, trusting(), "c.example")) ==
        "Hostname/IP does not match certificate's altnames: c.example is none of "
        "DNS:a.example, DNS:b.example, IP Address:10.0.0.1");
  const Issued nameless = issue({.subject = "a.example", .names = ""}, &authority());
  CHECK(text_of(meet({.identity = &nameless}, trusting(), "c.example")) ==
        "Hostname/IP does not match certificate's altnames: c.example is none of CN = a.example");
}

TEST_CASE("verification can be turned off") {
  Settings settings = trusting();
  settings.verify_name = false;
  CHECK(verdict(localhost(), settings, "other.example").empty());
  CHECK(verdict(issue({}), settings) == "DEPTH_ZERO_SELF_SIGNED_CERT");
  settings.verify = false;
  CHECK(verdict(issue({}), settings).empty());
}

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

TEST_CASE("the first default CA certificates count") {
  net::tls::set_default_certificates("# some comment\n" + authority().pem() +
                                     "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" +
                                     issue({.subject = "Another", .is_authority = true}).pem());
  const Issued other = issue({.subject = "Other CA", .is_authority = true});
  net::tls::set_default_certificates(other.pem());
  const Settings settings;
  CHECK(verdict(localhost(), settings).empty());
  CHECK(verdict(issue({}, &other), settings) == "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  Settings with_list;
  with_list.revocations = {source(revoke(authority(), {&localhost()}))};
  CHECK(verdict(localhost(), with_list) == "CERT_REVOKED");
  CHECK(verdict(localhost(), settings).empty());  // the list belonged to the other settings alone
}
