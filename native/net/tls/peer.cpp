#include "net/tls/peer.hpp"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include "base/sanitize.hpp"

namespace mqtt_native::net::tls {

namespace {

using GeneralNames = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;

std::string text_in(BIO* memory) {
  char* begin = nullptr;
  const long size = BIO_get_mem_data(memory, &begin);
  return size > 0 ? base::sanitize_for_display({begin, static_cast<size_t>(size)}) : "";
}

/** Returns the binary form (4 or 16 bytes) of a name that is an IP address. An IPv6 zone is removed. */
std::optional<std::vector<unsigned char>> address_in(const std::string& name) {
  std::vector<unsigned char> address(sizeof(in6_addr));
  if (::inet_pton(AF_INET6, name.substr(0, name.find('%')).c_str(), address.data()) == 1) return address;
  address.resize(sizeof(in_addr));
  if (::inet_pton(AF_INET, name.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

/** Returns a certificate's subject for messages: "CN = broker, O = Example". */
std::string subject_text(X509* certificate) {
  const Bio memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
  return text_in(memory.get());
}

/** Returns the names of a certificate: "DNS:example.org, IP Address:10.0.0.1". */
std::string names_text(X509* certificate) {
  const GeneralNames names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return subject_text(certificate);
  const Bio memory(BIO_new(BIO_s_mem()));
  constexpr int limit = 10;  // names; some certificates have hundreds
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); i++) {
    if (i > 0) BIO_puts(memory.get(), ", ");
    if (i == limit) {
      BIO_puts(memory.get(), "...");
      break;
    }
    GENERAL_NAME_print(memory.get(), sk_GENERAL_NAME_value(names.get(), i));
  }
  return text_in(memory.get());
}

}  // namespace

Peer::Peer(std::string name, std::string asked, std::shared_ptr<SessionCache> sessions)
    : name_(std::move(name)), asked_(std::move(asked)), sessions_(std::move(sessions)) {}

void Peer::configure(SSL_CTX* context) {
  SSL_CTX_set_cert_verify_callback(context, verify, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
}

std::optional<base::Failure> Peer::attach(SSL* ssl, bool verify, bool verify_name) {
  SSL_set_app_data(ssl, this);
  SSL_set_verify(ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  // OpenSSL takes names as C strings: bytes behind a NUL would be neither sent nor checked.
  bool is_fit = name_.find('\0') == std::string::npos && asked_.find('\0') == std::string::npos;
  X509_VERIFY_PARAM* checks = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (is_fit && verify && verify_name) {
    if (const auto address = address_in(name_))
      is_fit = X509_VERIFY_PARAM_set1_ip(checks, address->data(), address->size()) == 1;
    else
      is_fit = X509_VERIFY_PARAM_set1_host(checks, name_.data(), name_.size()) == 1;
  }
  if (is_fit && !asked_.empty() && !address_in(asked_))
    is_fit = SSL_set_tlsext_host_name(ssl, asked_.c_str()) == 1;
  if (!is_fit)
    return base::Failure{"ERR_INVALID_ARG_VALUE", base::quoted(name_) + " is no name that a host could have"};
  if (const Session session = sessions_->take(name_)) SSL_set_session(ssl, session.get());
  return std::nullopt;
}

int Peer::keep_session(SSL* ssl, SSL_SESSION* session) {
  const Peer& peer = of(ssl);
  peer.sessions_->keep(session, peer.name_);
  return 0;  // OpenSSL keeps the ownership
}

/**
 * Verifies the whole chain despite errors, and decides afterwards, so that the reported error is the one of
 * Node. Unlike Node, a failure ends the handshake, and the peer receives an alert.
 */
int Peer::verify(X509_STORE_CTX* verification, void* /*unused*/) {
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE) return 1;
  Peer& peer = of(ssl);
  X509_STORE_CTX_set_verify_cb(verification, note);
  if (X509_verify_cert(verification) != 1 && peer.error_ == X509_V_OK)
    peer.error_ = X509_STORE_CTX_get_error(verification);
  peer.record_verify_result(verification);
  return peer.verify_error_ ? 0 : 1;
}

int Peer::note(int is_good, X509_STORE_CTX* verification) {
  if (is_good == 1) return 1;
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Peer& peer = of(ssl);
  const int error = X509_STORE_CTX_get_error(verification);
  if (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    peer.is_other_ = true;
    return 1;
  }
  peer.error_ = error;
  X509* certificate = X509_STORE_CTX_get_current_cert(verification);
  peer.culprit_ = certificate == nullptr ? "" : subject_text(certificate);
  return 1;
}

void Peer::record_verify_result(X509_STORE_CTX* verification) {
  if (error_ != X509_V_OK) {
    std::string text = X509_verify_cert_error_string(error_);
    if (!culprit_.empty()) text += " (" + culprit_ + ")";
    verify_error_ = {verification_code(error_), "Certificate of " + name_ + ": " + text};
    X509_STORE_CTX_set_error(verification, error_);
  } else if (is_other_) {
    verify_error_ = {"ERR_TLS_CERT_ALTNAME_INVALID",
                     "Hostname/IP does not match certificate's altnames: " + name_ + " is none of " +
                         names_text(X509_STORE_CTX_get0_cert(verification))};
    X509_STORE_CTX_set_error(verification, X509_V_ERR_HOSTNAME_MISMATCH);
  } else {
    X509_STORE_CTX_set_error(verification, X509_V_OK);
  }
}

}  // namespace mqtt_native::net::tls
