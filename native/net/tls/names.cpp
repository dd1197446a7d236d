#include "net/tls/names.hpp"

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

}  // namespace

std::optional<std::vector<unsigned char>> address_in(const std::string& name) {
  std::vector<unsigned char> address(sizeof(in6_addr));
  if (::inet_pton(AF_INET6, name.substr(0, name.find('%')).c_str(), address.data()) == 1) return address;
  address.resize(sizeof(in_addr));
  if (::inet_pton(AF_INET, name.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

std::string subject_text(X509* certificate) {
  const Bio memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
  return text_in(memory.get());
}

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

}  // namespace mqtt_native::net::tls
