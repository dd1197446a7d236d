import type { PerAttempt } from "../util/per-attempt.ts";
import type { WebSocketHeaders } from "./headers.ts";
import type { ProxySettings, ProxySettingsOptions } from "./proxy.ts";
import type { Transport } from "./schemes.ts";
import type { SocketOption } from "./socket-options.ts";
import type { TLSContextOptions } from "./tls-context.ts";
import type { TLSParameters, TLSParametersOptions } from "./tls-parameters.ts";

/** The options of the transport to the broker. The constructor refuses invalid combinations. */
export interface ConnectionOptions {
  /**
   * `"websockets"`: WebSocket. `"unix"`: the hostname is the path of a Unix socket, or an abstract name that begins
   * with `@` or NUL. Default: the transport of the URL, or `"tcp"`.
   */
  transport?: Transport | undefined;
  /**
   * The broker's port, 1 to 65 535. Not for Unix sockets. Default: the port of the URL's scheme. Without a URL it is
   * 1883, also with TLS and WebSocket, as in aiomqtt.
   */
  port?: number | undefined;
  /**
   * The local address: IPv4 or IPv6, not a name. Only brokers' addresses of its kind are tried. Not for Unix sockets.
   * Default: any.
   */
  bindAddress?: string | undefined;
  /** The local port, 0 to 65 535; 0 is any. Not for Unix sockets. Default: 0. */
  bindPort?: number | undefined;
  /**
   * The proxy that connects to the broker. Environment variables have no effect. Not for Unix sockets. Default: none.
   */
  proxy?: ProxySettings | ProxySettingsOptions | undefined;
  /**
   * Socket options, set before connecting, as for setsockopt(2): `[[SOL_SOCKET, SO_SNDBUF, 65_536]]`, with the names in
   * `socketConstants`. An option that the system refuses fails the connect with the system's code, such as
   * `ENOPROTOOPT`. Default: `TCP_NODELAY`, and TCP keepalive probes that detect a dead peer within two minutes.
   */
  socketOptions?: readonly SocketOption[] | undefined;
  /**
   * TLS with Node's options of `tls.connect`, certificates and keys in memory. A function is called at each attempt.
   * Excludes `tlsParams`. Default: none.
   */
  tlsContext?: PerAttempt<TLSContextOptions> | undefined;
  /** TLS with aiomqtt's options, certificates and keys in files. Excludes `tlsContext`. Default: none. */
  tlsParams?: TLSParameters | TLSParametersOptions | undefined;
  /**
   * Whether the certificate may be for another host. Dangerous: any owner of a trusted certificate can then impersonate
   * the broker. Needs TLS: a URL of `mqtts:` or `wss:`, `tlsContext` or `tlsParams`. Default: false.
   */
  tlsInsecure?: boolean | undefined;
  /**
   * WebSocket: the path of the request, which begins with a slash and may have a query. A function is called at each
   * attempt. Default: the path of the URL, or `/mqtt`.
   */
  websocketPath?: PerAttempt<string> | undefined;
  /**
   * WebSocket: headers of the request, which are added to the default headers or replace those of the same name. A
   * function is called at each attempt with the default headers, and returns all headers to send, or a promise of them.
   * An error that it throws fails the attempt. Default: the default headers, among them `Sec-WebSocket-Protocol: mqtt`.
   */
  websocketHeaders?: WebSocketHeaders | undefined;
}
