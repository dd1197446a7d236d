// Certificates, keys and lists of them: in every form, and the errors of invalid ones.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tls_fixture.hpp"

using namespace mqtt_native;
using namespace mqtt_native::test;
using net::tls::Settings;
using net::tls::Source;

namespace {

const Issued& client() {
  static const Issued issued = issue({.subject = "client"}, &authority());
  return issued;
}

/** Performs a handshake with a server that requires a certificate. */
net::DialResult meet(net::tls::Context& context) {
  static const auto server =
      server_context({.identity = &localhost(), .client_authority = &authority(), .version = TLS1_2_VERSION});
  TlsPeer peer(server.get());
  auto result = secure(context, peer.stream());
  if (auto* stream = std::get_if<std::unique_ptr<net::Stream>>(&result)) stream->reset();
  return result;
}

net::DialResult meet(const Settings& settings) {
  net::tls::Context context(settings);
  return meet(context);
}

Settings with(const Source& certificate, const Source& key) {
  Settings settings = trusting();
  settings.certificates = {certificate};
  settings.keys = {key};
  return settings;
}

Settings with_pfx(const Source& pfx) {
  Settings settings = trusting();
  settings.pfx = {pfx};
  return settings;
}

/** A directory for a test's files. */
class Directory {
 public:
  Directory() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  ~Directory() {
    for (const std::string& file : files_) ::unlink(file.c_str());
    ::rmdir(path_.c_str());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string path_of(const std::string& name) { return files_.emplace_back(path_ + "/" + name); }
  std::string write(const std::string& name, const std::string& content) {
    const std::string path = path_of(name);
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/tls_inputs_XXXXXX";
  std::vector<std::string> files_;
};

}  // namespace

TEST_CASE("certificates and keys may come in any form") {
  CHECK(code_of(meet(with(source(client().pem()), source(client().key_pem())))).empty());
  CHECK(code_of(meet(with(source(client().der()), source(client().key_der())))).empty());
  CHECK(code_of(
            meet(with(source("a comment\n" + client().pem()), source(client().key_pem("secret"), "secret"))))
            .empty());
  CHECK(code_of(meet(with_pfx(source(client().pfx("secret"), "secret")))).empty());
  CHECK(code_of(meet(with_pfx(source(client().pfx(""))))).empty());
  Settings together = trusting();
  together.certificates = {source(client().key_pem() + client().pem())};
  CHECK(code_of(meet(together)).empty());
  Settings der = trusting();
  der.ca_certificates = {source(authority().der())};
  der.certificates = {source(client().pem())};
  der.keys = {source(client().key_pem())};
  CHECK(code_of(meet(der)).empty());
}

TEST_CASE("the CA certificates of a PFX are trusted") {
  Settings settings;
  settings.ca_certificates.emplace();
  settings.pfx = {source(client().pfx("secret", &authority()), "secret")};
  CHECK(code_of(meet(settings)).empty());
}

TEST_CASE("a missing or wrong passphrase has its own error, and no terminal prompt appears") {
  const Source locked = source(client().key_pem("secret"));
  CHECK(code_of(meet(with(source(client().pem()), locked))) == "ERR_MISSING_PASSPHRASE");
  CHECK(text_of(meet(with(source(client().pem()), locked))) ==
        "key: it is encrypted, and there is no passphrase");
  for (const char* wrong : {"", "wrong"}) {
    const auto result = meet(with(source(client().pem()), source(client().key_pem("secret"), wrong)));
    CHECK(code_of(result) == "ERR_OSSL_BAD_DECRYPT");
  }
  const std::string long_one(2000, 'x');
  const auto too_long = meet(with(source(client().pem()), source(client().key_pem("secret"), long_one)));
  CHECK_FALSE(code_of(too_long).empty());
  CHECK(text_of(too_long).find("xxxx") == std::string::npos);
  CHECK(code_of(meet(with_pfx(source(client().pfx("secret"))))) == "ERR_MISSING_PASSPHRASE");
  CHECK(code_of(meet(with_pfx(source(client().pfx("secret"), "wrong")))) ==
        "ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE");
  std::string encrypted = client().pem();
  encrypted.insert(encrypted.find('\n') + 1,
                   "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n");
  CHECK_FALSE(code_of(meet(trusting(encrypted))).empty());
}

TEST_CASE("an invalid certificate or key has Node's code, and the text names the input") {
  const std::string broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  const Source key = source(client().key_pem());
  CHECK(code_of(meet(with(source("nonsense"), key))) == "ERR_OSSL_PEM_NO_START_LINE");
  CHECK(text_of(meet(with(source("nonsense"), key))) == "certificate: no start line");
  CHECK(code_of(meet(with(source(broken), key))) == "ERR_OSSL_ASN1_HEADER_TOO_LONG");
  CHECK(code_of(meet(with(source(client().pem().substr(0, 200)), key))) == "ERR_OSSL_PEM_BAD_END_LINE");
  CHECK(code_of(meet(with(source(""), key))) == "ERR_OSSL_PEM_NO_START_LINE");
  CHECK(code_of(meet(with(source("0nonsense"), key))).starts_with("ERR_OSSL_ASN1_"));
  const auto bad_key = meet(with(source(client().pem()), source("nonsense")));
  CHECK(code_of(bad_key) == "ERR_OSSL_UNSUPPORTED");
  CHECK(text_of(bad_key) == "key: unsupported");
  CHECK(code_of(meet(with(source(client().pem()), source("0nonsense")))).starts_with("ERR_OSSL_"));
  const auto mismatch = meet(with(source(client().pem()), source(localhost().key_pem())));
  CHECK(code_of(mismatch) == "ERR_OSSL_X509_KEY_VALUES_MISMATCH");
  CHECK(text_of(mismatch) == "certificate and its key: key values mismatch");
  const Issued rsa = issue({.rsa_bits = 2048});
  CHECK(code_of(meet(with(source(client().pem()), source(rsa.key_pem())))) ==
        "ERR_OSSL_EVP_DIFFERENT_KEY_TYPES");
  const Issued small = issue({.rsa_bits = 1024});
  CHECK(code_of(meet(with(source(small.pem()), source(small.key_pem())))) == "ERR_SSL_EE_KEY_TOO_SMALL");
  CHECK(text_of(meet(trusting("nonsense"))) == "ca: no start line");
  CHECK(text_of(meet(trusting(authority().pem() + broken))) == "ca: header too long");
  Settings settings = trusting();
  settings.revocations = {source(authority().pem())};
  CHECK(text_of(meet(settings)) == "crl: no start line");
  CHECK(code_of(meet(with_pfx(source("nonsense")))).starts_with("ERR_OSSL_ASN1_"));
  CHECK(text_of(meet(with_pfx(source("nonsense")))).starts_with("pfx: "));
  settings = trusting();
  settings.keys = {key};
  CHECK(text_of(meet(settings)) ==
        "There must be a key for each certificate: there are 0 certificates and 1 keys");
  settings = trusting();
  settings.protocols = {""};
  CHECK(code_of(meet(settings)) == "ERR_INVALID_ARG_VALUE");
}

TEST_CASE("files are read at first use, until that has succeeded once") {
  Directory directory;
  const std::string path = directory.path_of("client.pem");
  Settings settings = trusting();
  settings.certificates = {{.file = path}};
  net::tls::Context context(settings);
  CHECK(code_of(meet(context)) == "ENOENT");
  CHECK(text_of(meet(context)) == "open ENOENT " + path);
  directory.write("client.pem", "nonsense");
  CHECK(text_of(meet(context)) == path + ": no start line");
  directory.write("client.pem", client().pem() + client().key_pem());
  CHECK(code_of(meet(context)).empty());
  ::unlink(path.c_str());
  CHECK(code_of(meet(context)).empty());
}

TEST_CASE("a special file as certificate does not block") {
  Directory directory;
  const std::string pipe = directory.path_of("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  Settings settings = trusting();
  settings.ca_certificates = {{.file = pipe}};
  CHECK(text_of(meet(settings)) == pipe + ": no start line");
  settings.ca_certificates = {{.file = directory.path()}};
  CHECK(text_of(meet(settings)) == "read EISDIR " + directory.path());
  settings.ca_certificates = {{.file = "/dev/zero"}};
  CHECK(text_of(meet(settings)) == "read EFBIG /dev/zero");
  settings.ca_certificates = {{.bytes = std::vector<std::byte>(64 * 1024 * 1024 + 1)}};
  CHECK(text_of(meet(settings)) == "read EFBIG ca");
}
