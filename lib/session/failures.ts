import { MqttCodeError, MqttConnectError, type MqttError } from "../protocol/errors.ts";

/**
 * The consequence of a failure: the client gives up, or tries again after a long delay, or after the usual delay.
 */
export type Severity = "permanent" | "lasting" | "transient";

/** An option of the program is a function, and has failed. Its error is the `cause`. */
export const OPTION_FAILED = "OPTION_FAILED";

/** Codes of CONNACK that end a client which has not been connected yet (MQTT 5, section 3.2.2.2). */
const PERMANENT_CONNACKS = new Set([
  0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x90, 0x95, 0x99, 0x9a, 0x9b,
]);
/** Those of them that end a client which has been connected. An operator can mend the others on the broker. */
const PERMANENT_LATER_CONNACKS = new Set([0x84, 0x85, 0x8c, 0x95, 0x99, 0x9a, 0x9b]);
/** Codes of DISCONNECT that end a client (MQTT 5, section 3.14.2.1). 0x8E: another client has its identifier. */
const PERMANENT_DISCONNECTS = new Set([0x8e, 0x8f, 0x9e, 0xa1, 0xa2]);
const LASTING_DISCONNECTS = new Set([0x81, 0x82, 0x87, 0x90, 0x95, 0x98, 0x99, 0x9a, 0x9b]);

/** Codes of errors that the program or an operator must mend. */
const PERMANENT_CODES = new Set([
  "AUTHENTICATION_FAILED",
  "PROXY_AUTHENTICATION_FAILED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "ERR_MISSING_PASSPHRASE",
  "ERR_CRYPTO_OPERATION_FAILED",
  "ERR_SSL_NO_CIPHER_MATCH",
  "ERR_SSL_EE_KEY_TOO_SMALL",
  "ERR_SSL_CA_MD_TOO_WEAK",
  OPTION_FAILED,
]);

/** The results of verifying a certificate, as OpenSSL and Node name them. */
export const VERIFICATION_CODES: ReadonlySet<string> = new Set(
  `UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_CRL UNABLE_TO_DECRYPT_CERT_SIGNATURE UNABLE_TO_DECRYPT_CRL_SIGNATURE
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY CERT_SIGNATURE_FAILURE CRL_SIGNATURE_FAILURE CERT_NOT_YET_VALID
  CERT_HAS_EXPIRED CRL_NOT_YET_VALID CRL_HAS_EXPIRED ERROR_IN_CERT_NOT_BEFORE_FIELD ERROR_IN_CERT_NOT_AFTER_FIELD
  ERROR_IN_CRL_LAST_UPDATE_FIELD ERROR_IN_CRL_NEXT_UPDATE_FIELD DEPTH_ZERO_SELF_SIGNED_CERT
  SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_CHAIN_TOO_LONG
  CERT_REVOKED INVALID_CA PATH_LENGTH_EXCEEDED INVALID_PURPOSE CERT_UNTRUSTED CERT_REJECTED SUBJECT_ISSUER_MISMATCH
  AKID_SKID_MISMATCH AKID_ISSUER_SERIAL_MISMATCH KEYUSAGE_NO_CERTSIGN UNABLE_TO_GET_CRL_ISSUER
  UNHANDLED_CRITICAL_EXTENSION KEYUSAGE_NO_CRL_SIGN UNHANDLED_CRITICAL_CRL_EXTENSION INVALID_NON_CA
  INVALID_EXTENSION INVALID_POLICY_EXTENSION NO_EXPLICIT_POLICY DIFFERENT_CRL_SCOPE UNSUPPORTED_EXTENSION_FEATURE
  PERMITTED_VIOLATION EXCLUDED_VIOLATION SUBTREE_MINMAX UNSUPPORTED_CONSTRAINT_TYPE UNSUPPORTED_CONSTRAINT_SYNTAX
  UNSUPPORTED_NAME_SYNTAX CRL_PATH_VALIDATION_ERROR EE_KEY_TOO_SMALL CA_KEY_TOO_SMALL CA_MD_TOO_WEAK
  UNSUPPORTED_SIGNATURE_ALGORITHM SIGNATURE_ALGORITHM_MISMATCH SIGNATURE_ALGORITHM_INCONSISTENCY
  PATHLEN_INVALID_FOR_NON_CA PATHLEN_WITHOUT_KU_KEY_CERT_SIGN KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA ISSUER_NAME_EMPTY
  SUBJECT_NAME_EMPTY MISSING_AUTHORITY_KEY_IDENTIFIER MISSING_SUBJECT_KEY_IDENTIFIER EMPTY_SUBJECT_ALT_NAME
  EMPTY_SUBJECT_SAN_NOT_CRITICAL CA_BCONS_NOT_CRITICAL AUTHORITY_KEY_IDENTIFIER_CRITICAL
  SUBJECT_KEY_IDENTIFIER_CRITICAL CA_CERT_MISSING_KEY_USAGE EXTENSIONS_REQUIRE_VERSION_3 EC_KEY_EXPLICIT_PARAMS
  UNSPECIFIED`.split(/\s+/),
);

/** Errors of OpenSSL about a key or a certificate, and alerts by which a broker refuses ours. */
const CERTIFICATE_ERROR = /^ERR_OSSL_|^ERR_SSL_.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;
/** Failures of reading a file, which a Unix socket has, too. EMFILE is none: descriptors become free again. */
const UNREADABLE_FILE = /^(?:open|read) (?:EACCES|EFBIG|EISDIR|ELOOP|ENAMETOOLONG|ENOENT|ENOTDIR|EPERM)\b/;
/** An option of `socketOptions` that the system refuses. ENODEV is none: an interface may appear later. */
const REFUSED_SOCKET_OPTION = /^setsockopt (?!ENODEV)/;
/** Statuses of HTTP from 400 to 499, except for 408 (Request Timeout) and 429 (Too Many Requests). */
const REFUSED_UPGRADE = /upgrade with \W4(?!08|29)\d\d\b/;

/** Returns the severity of a failed attempt. `hasConnected`: the client has been connected before. */
export function severityOfAttempt(error: MqttError, hasConnected: boolean): Severity {
  if (error instanceof MqttConnectError) return severityOfRefusal(error.reasonCode.value, hasConnected);
  // A loss of the connection before its subscriptions were renewed.
  if (error instanceof MqttCodeError && error.code === "CONNECTION_LOST") return severityOfLoss(error);
  if (!mustBeMended(error)) return "transient";
  if (!hasConnected) return "permanent";
  return error.code === OPTION_FAILED ? "transient" : "lasting";
}

/** Returns the severity of the loss of a connection. */
export function severityOfLoss(error: MqttError): Severity {
  if (error.code === "AUTHENTICATION_FAILED") return "lasting";
  // Other codes than this one are reasons of ours.
  if (!(error instanceof MqttCodeError) || error.code !== "CONNECTION_LOST") return "transient";
  const { value } = error.reasonCode;
  if (PERMANENT_DISCONNECTS.has(value)) return "permanent";
  return LASTING_DISCONNECTS.has(value) ? "lasting" : "transient";
}

/** The broker refuses with CONNACK, or with a DISCONNECT in its place. */
function severityOfRefusal(reasonCode: number, hasConnected: boolean): Severity {
  if (!hasConnected) return PERMANENT_CONNACKS.has(reasonCode) ? "permanent" : "transient";
  if (PERMANENT_LATER_CONNACKS.has(reasonCode) || PERMANENT_DISCONNECTS.has(reasonCode)) return "permanent";
  return PERMANENT_CONNACKS.has(reasonCode) || LASTING_DISCONNECTS.has(reasonCode) ? "lasting" : "transient";
}

function mustBeMended({ code, message }: MqttError): boolean {
  if (PERMANENT_CODES.has(code) || VERIFICATION_CODES.has(code) || CERTIFICATE_ERROR.test(code)) return true;
  if (code === "WEBSOCKET_REFUSED") return REFUSED_UPGRADE.test(message);
  return UNREADABLE_FILE.test(message) || REFUSED_SOCKET_OPTION.test(message);
}
