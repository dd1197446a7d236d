// The broker's address and transport for the addon; see native/node/parse_target.cpp.

/** The broker's address and transport. */
export interface NativeTarget {
  /** The host name. A Unix socket has one too, for TLS and WebSocket. */
  host: string;
  port: number;
  /** The path of a Unix socket. If it begins with NUL, it is an abstract name. */
  path?: string | undefined;
  local?: NativeLocalEndpoint | undefined;
  proxy?: NativeProxy | undefined;
  /** Only the first connect of a session reads it, unless it says `reload`. Later ones use its TLS context. */
  tls?: NativeTls | undefined;
  websocket?: NativeUpgrade | undefined;
}

/** The local end of the socket. */
export interface NativeLocalEndpoint {
  /** A numeric address; empty is any. */
  address: string;
  /** The port; 0 is any. */
  port: number;
  options: NativeSocketOption[];
}

/** The arguments of setsockopt(2). */
export type NativeSocketOption = [level: number, option: number, value: Uint8Array];

/** The proxy that connects to the broker. */
export interface NativeProxy {
  kind: "socks4" | "socks5" | "http";
  host: string;
  port: number;
  /** Whether the proxy resolves the broker's name. */
  remoteNames: boolean;
  /** The user name; empty is none. */
  username: string;
  /** The password; empty is none. */
  password: string;
}

/** A certificate, a key or several, as bytes (PEM or DER) or as the name of a file. */
export interface NativeSource {
  bytes?: Uint8Array;
  file?: string;
  passphrase?: string | undefined;
}

/** The TLS settings. */
export interface NativeTls {
  /** The CA certificates. Undefined: those of `setDefaultCertificates`. */
  authorities: NativeSource[] | undefined;
  revocations: NativeSource[];
  /** Whether a CA certificate need not be self-signed. */
  partialChains: boolean;
  /** Whether the broker's certificate must be valid. */
  verify: boolean;
  /** Whether the broker's certificate must be for the server name. */
  verifyName: boolean;
  certificates: NativeSource[];
  keys: NativeSource[];
  pfx: NativeSource[];
  /** The server name; undefined is the host. */
  serverName: string | undefined;
  /** OpenSSL's cipher list; empty is the default. */
  ciphers: string;
  minVersion: 12 | 13;
  maxVersion: 12 | 13;
  /** The protocols of ALPN. */
  protocols: Uint8Array[];
  /** Whether each connect reads it anew. The cache of TLS sessions stays. */
  reload: boolean;
}

/** The WebSocket upgrade. */
export interface NativeUpgrade {
  /** The whole HTTP request. */
  request: Uint8Array;
  /** The required Sec-WebSocket-Accept of the response. */
  accept: string;
}

/** The constants of this system's headers. */
export interface SocketConstants {
  readonly SOL_SOCKET: number;
  readonly IPPROTO_IP: number;
  readonly IPPROTO_IPV6: number;
  readonly IPPROTO_TCP: number;
  readonly SO_BINDTODEVICE: number;
  readonly SO_BUSY_POLL: number;
  readonly SO_DONTROUTE: number;
  readonly SO_KEEPALIVE: number;
  readonly SO_LINGER: number;
  readonly SO_MARK: number;
  readonly SO_PRIORITY: number;
  readonly SO_RCVBUF: number;
  readonly SO_RCVBUFFORCE: number;
  readonly SO_REUSEADDR: number;
  readonly SO_REUSEPORT: number;
  readonly SO_SNDBUF: number;
  readonly SO_SNDBUFFORCE: number;
  readonly TCP_CONGESTION: number;
  readonly TCP_KEEPCNT: number;
  readonly TCP_KEEPIDLE: number;
  readonly TCP_KEEPINTVL: number;
  readonly TCP_LINGER2: number;
  readonly TCP_MAXSEG: number;
  readonly TCP_NODELAY: number;
  readonly TCP_NOTSENT_LOWAT: number;
  readonly TCP_QUICKACK: number;
  readonly TCP_SYNCNT: number;
  readonly TCP_USER_TIMEOUT: number;
  readonly TCP_WINDOW_CLAMP: number;
  readonly IP_BIND_ADDRESS_NO_PORT: number;
  readonly IP_FREEBIND: number;
  readonly IP_MTU_DISCOVER: number;
  readonly IP_TOS: number;
  readonly IP_TRANSPARENT: number;
  readonly IP_TTL: number;
  readonly IPV6_FREEBIND: number;
  readonly IPV6_MTU_DISCOVER: number;
  readonly IPV6_TCLASS: number;
  readonly IPV6_UNICAST_HOPS: number;
  readonly IPV6_V6ONLY: number;
}
