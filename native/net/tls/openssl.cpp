#include "net/tls/openssl.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace mqtt_native::net::tls {

namespace {

/** The OpenSSL libraries that Node names in its codes. Errors of other libraries have the reason alone. */
constexpr std::array named_libraries{
    std::pair{ERR_LIB_SYS, "SYS_"},       std::pair{ERR_LIB_BN, "BN_"},
    std::pair{ERR_LIB_RSA, "RSA_"},       std::pair{ERR_LIB_DH, "DH_"},
    std::pair{ERR_LIB_EVP, "EVP_"},       std::pair{ERR_LIB_BUF, "BUF_"},
    std::pair{ERR_LIB_OBJ, "OBJ_"},       std::pair{ERR_LIB_PEM, "PEM_"},
    std::pair{ERR_LIB_DSA, "DSA_"},       std::pair{ERR_LIB_X509, "X509_"},
    std::pair{ERR_LIB_ASN1, "ASN1_"},     std::pair{ERR_LIB_CONF, "CONF_"},
    std::pair{ERR_LIB_CRYPTO, "CRYPTO_"}, std::pair{ERR_LIB_EC, "EC_"},
    std::pair{ERR_LIB_BIO, "BIO_"},       std::pair{ERR_LIB_PKCS7, "PKCS7_"},
    std::pair{ERR_LIB_X509V3, "X509V3_"}, std::pair{ERR_LIB_PKCS12, "PKCS12_"},
    std::pair{ERR_LIB_RAND, "RAND_"},     std::pair{ERR_LIB_KDF, "KDF_"}};

#define NAMED(name) std::pair(X509_V_ERR_##name, #name)
constexpr std::array verification_codes = std::to_array<std::pair<int, const char*>>(
    {NAMED(UNABLE_TO_GET_ISSUER_CERT), NAMED(UNABLE_TO_GET_CRL), NAMED(UNABLE_TO_DECRYPT_CERT_SIGNATURE),
     NAMED(UNABLE_TO_DECRYPT_CRL_SIGNATURE), NAMED(UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY),
     NAMED(CERT_SIGNATURE_FAILURE), NAMED(CRL_SIGNATURE_FAILURE), NAMED(CERT_NOT_YET_VALID),
     NAMED(CERT_HAS_EXPIRED), NAMED(CRL_NOT_YET_VALID), NAMED(CRL_HAS_EXPIRED),
     NAMED(ERROR_IN_CERT_NOT_BEFORE_FIELD), NAMED(ERROR_IN_CERT_NOT_AFTER_FIELD),
     NAMED(ERROR_IN_CRL_LAST_UPDATE_FIELD), NAMED(ERROR_IN_CRL_NEXT_UPDATE_FIELD), NAMED(OUT_OF_MEM),
     NAMED(DEPTH_ZERO_SELF_SIGNED_CERT), NAMED(SELF_SIGNED_CERT_IN_CHAIN),
     NAMED(UNABLE_TO_GET_ISSUER_CERT_LOCALLY), NAMED(UNABLE_TO_VERIFY_LEAF_SIGNATURE),
     NAMED(CERT_CHAIN_TOO_LONG), NAMED(CERT_REVOKED), NAMED(INVALID_CA), NAMED(PATH_LENGTH_EXCEEDED),
     NAMED(INVALID_PURPOSE), NAMED(CERT_UNTRUSTED), NAMED(CERT_REJECTED),
     // Node names the following errors UNSPECIFIED.
     NAMED(SUBJECT_ISSUER_MISMATCH), NAMED(AKID_SKID_MISMATCH), NAMED(AKID_ISSUER_SERIAL_MISMATCH),
     NAMED(KEYUSAGE_NO_CERTSIGN), NAMED(UNABLE_TO_GET_CRL_ISSUER), NAMED(UNHANDLED_CRITICAL_EXTENSION),
     NAMED(KEYUSAGE_NO_CRL_SIGN), NAMED(UNHANDLED_CRITICAL_CRL_EXTENSION), NAMED(INVALID_NON_CA),
     NAMED(INVALID_EXTENSION), NAMED(INVALID_POLICY_EXTENSION), NAMED(NO_EXPLICIT_POLICY),
     NAMED(DIFFERENT_CRL_SCOPE), NAMED(UNSUPPORTED_EXTENSION_FEATURE), NAMED(PERMITTED_VIOLATION),
     NAMED(EXCLUDED_VIOLATION), NAMED(SUBTREE_MINMAX), NAMED(UNSUPPORTED_CONSTRAINT_TYPE),
     NAMED(UNSUPPORTED_CONSTRAINT_SYNTAX), NAMED(UNSUPPORTED_NAME_SYNTAX), NAMED(CRL_PATH_VALIDATION_ERROR),
     NAMED(EE_KEY_TOO_SMALL), NAMED(CA_KEY_TOO_SMALL), NAMED(CA_MD_TOO_WEAK), NAMED(INVALID_CALL),
     NAMED(STORE_LOOKUP), NAMED(UNSUPPORTED_SIGNATURE_ALGORITHM), NAMED(SIGNATURE_ALGORITHM_MISMATCH),
     NAMED(SIGNATURE_ALGORITHM_INCONSISTENCY), NAMED(PATHLEN_INVALID_FOR_NON_CA),
     NAMED(PATHLEN_WITHOUT_KU_KEY_CERT_SIGN), NAMED(KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA),
     NAMED(ISSUER_NAME_EMPTY), NAMED(SUBJECT_NAME_EMPTY), NAMED(MISSING_AUTHORITY_KEY_IDENTIFIER),
     NAMED(MISSING_SUBJECT_KEY_IDENTIFIER), NAMED(EMPTY_SUBJECT_ALT_NAME),
     NAMED(EMPTY_SUBJECT_SAN_NOT_CRITICAL), NAMED(CA_BCONS_NOT_CRITICAL),
     NAMED(AUTHORITY_KEY_IDENTIFIER_CRITICAL), NAMED(SUBJECT_KEY_IDENTIFIER_CRITICAL),
     NAMED(CA_CERT_MISSING_KEY_USAGE), NAMED(EXTENSIONS_REQUIRE_VERSION_3), NAMED(EC_KEY_EXPLICIT_PARAMS)});
#undef NAMED

std::string error_code(unsigned long error, std::string reason) {
  std::transform(reason.begin(), reason.end(), reason.begin(), [](unsigned char character) {
    return character == ' ' ? '_' : static_cast<char>(std::toupper(character));
  });
  const int library = ERR_GET_LIB(error);
  if (library == ERR_LIB_SSL) return "ERR_SSL_" + reason;
  for (const auto& [number, name] : named_libraries)
    if (number == library) return std::string("ERR_OSSL_") + name + reason;
  return "ERR_OSSL_" + reason;
}

/** Returns the first error, except that an error of the SSL library takes precedence. */
unsigned long telling_error() {
  const unsigned long first = ERR_get_error();
  unsigned long error = first;
  while (error != 0 && ERR_GET_LIB(error) != ERR_LIB_SSL) error = ERR_get_error();
  ERR_clear_error();
  return error == 0 ? first : error;
}

}  // namespace

base::Failure openssl_failure(std::string_view about) {
  const unsigned long error = telling_error();
  const char* known = error == 0 ? nullptr : ERR_reason_error_string(error);
  const std::string reason = known == nullptr ? "unknown error" : known;
  base::Failure failure{error_code(error, reason), std::string(about) + ": " + reason};
  if (failure.code == "ERR_SSL_WRONG_VERSION_NUMBER") failure.text += " (does this port speak TLS?)";
  return failure;
}

std::string verification_code(int error) {
  for (const auto& [number, name] : verification_codes)
    if (number == error) return name;
  return "UNSPECIFIED";
}

}  // namespace mqtt_native::net::tls
