// The target to a broker as the engine is told it; see native/node/target_of.cpp.

/** What a connect is told about the way. */
export interface NativeTarget {
  /** Also with a path, for the layers that ask who is there. */
  host: string;
  port: number;
  /** Of a Unix socket; first character NUL: an abstract name. */
  path?: string | undefined;
  local?: NativeLocalEndpoint | undefined;
  proxy?: NativeProxy | undefined;
  /** Only the first connect of a session looks into it: later ones use what that has made of it. */
  tls?: NativeTls | undefined;
  websocket?: NativeUpgrade | undefined;
}

/** What our end of the socket is to be. */
export interface NativeLocalEndpoint {
  /** Numeric; empty: any. */
  address: string;
  /** 0: any. */
  port: number;
  options: NativeSocketOption[];
}

/** As for setsockopt(2). */
export type NativeSocketOption = [level: number, option: number, value: Uint8Array];

/** Who connects to the broker for us. */
export interface NativeProxy {
  kind: "socks4" | "socks5" | "http";
  host: string;
  port: number;
  /** Whether the proxy looks the broker's name up. */
  remoteNames: boolean;
  /** Empty, as the password: none. */
  username: string;
  password: string;
}

/** A certificate, a key or a list of them: bytes (PEM or DER), or a file with such. */
export interface NativeSource {
  bytes?: Uint8Array;
  file?: string;
  passphrase?: string | undefined;
}

/** How to speak TLS, and whom to believe. */
export interface NativeTls {
  /** Undefined: those that were given to `setDefaultCertificates`. */
  authorities: NativeSource[] | undefined;
  revocations: NativeSource[];
  /** Whether an authority need not be self-signed. */
  partialChains: boolean;
  /** Whether the peer must prove who it is. */
  verify: boolean;
  /** Whether that must be who we wanted. */
  verifyName: boolean;
  certificates: NativeSource[];
  keys: NativeSource[];
  pfx: NativeSource[];
  /** Undefined: the host. */
  serverName: string | undefined;
  /** Empty: the default. */
  ciphers: string;
  minVersion: 12 | 13;
  maxVersion: 12 | 13;
  /** ALPN. */
  protocols: Uint8Array[];
}

/** How to ask for WebSocket. */
export interface NativeUpgrade {
  /** The whole HTTP request. */
  request: Uint8Array;
  /** The Sec-WebSocket-Accept that answers it. */
  accept: string;
}

/** Numbers of this system's headers. */
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
