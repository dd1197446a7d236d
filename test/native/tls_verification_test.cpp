// Verification of a server's certificate.

#include <openssl/err.h>

#include "tls_fixture.hpp"

using namespace mqtt_native;
using namespace mqtt_native::test;
using net::tls::Settings;

namespace {

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
