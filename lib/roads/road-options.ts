import type { WebSocketHeaders } from "./headers.ts";
import type { ProxySettings, ProxySettingsOptions } from "./proxy.ts";
import type { Transport } from "./schemes.ts";
import type { SocketOption } from "./socket-options.ts";
import type { TLSContextOptions } from "./tls-context.ts";
import type { TLSParameters, TLSParametersOptions } from "./tls-parameters.ts";

/** What every road to a broker may have. */
export interface SocketRoadOptions {
  /**
   * Options of the socket, set before it connects, as for setsockopt(2): `[[SOL_SOCKET, SO_SNDBUF, 65_536]]` with the names
   * in `socketConstants`. An option that the system refuses fails the connect with the system's code, such as
   * `ENOPROTOOPT`. Default: `TCP_NODELAY`, and probes of TCP that notice within two minutes when the peer is gone.
   */
  socketOptions?: readonly SocketOption[];
}

/** What a road over the network may have besides. */
export interface NetworkOptions {
  /**
   * The broker's port, 1 to 65 535. Default: that of the URL's scheme; without a URL 1883, also with TLS and WebSocket, as in
   * aiomqtt.
   */
  port?: number;
  /** The address to come from: IPv4 or IPv6, not a name. Only brokers' addresses of its kind are tried. Default: any. */
  bindAddress?: string;
  /** The port to come from, 0 to 65 535; 0 is any. Default: 0. */
  bindPort?: number;
  /** The way leads through this proxy. Environment variables are not looked at. Default: none. */
  proxy?: ProxySettings | ProxySettingsOptions;
}

/** Of WebSocket: `transport: "websockets"`, or a URL with `ws:` or `wss:`. */
export interface WebSocketOptions {
  /** What is asked for, beginning with a slash; it may have a query. Default: that of the URL, or `/mqtt`. */
  websocketPath?: string;
  /**
   * Headers of the request that replace the default ones of the same name or join them. Or a function: it is called at each
   * connect with the default headers, and returns all those to be sent; when it throws, connect rejects with that.
   * Default: none but the default ones, among them `Sec-WebSocket-Protocol: mqtt`.
   */
  websocketHeaders?: WebSocketHeaders;
}

/** Each transport with the options that it has. */
export type TransportOptions = SocketRoadOptions &
  (
    | (NetworkOptions & {
        /** Default: what the URL says, or `"tcp"`. */
        transport?: "websockets";
      } & WebSocketOptions)
    | (NetworkOptions & { transport: "tcp"; websocketPath?: never; websocketHeaders?: never })
    | {
        /** The hostname is the path of a socket; one that begins with `@` or NUL is an abstract name. */
        transport: "unix";
        port?: never;
        bindAddress?: never;
        bindPort?: never;
        proxy?: never;
        websocketPath?: never;
        websocketHeaders?: never;
      }
  );

/** TLS is on with a URL of `mqtts:`, `ssl:` or `wss:`, or with one of the first two options. */
export type TLSOptions = {
  /**
   * Whether the certificate may be for another host than the one that was connected to. Dangerous: anybody with a
   * certificate that is trusted can then be the broker. Default: false.
   */
  tlsInsecure?: boolean;
} & (
  | {
      /** TLS as Node's `tls.connect` is told it, with certificates and keys in memory. */
      tlsContext?: TLSContextOptions;
      tlsParams?: never;
    }
  | {
      /** TLS as aiomqtt is told it, with certificates and keys in files. */
      tlsParams?: TLSParameters | TLSParametersOptions;
      tlsContext?: never;
    }
);

/** How the broker is reached. */
export type RoadOptions = TransportOptions & TLSOptions;

/** The options of all roads in one, as the checks see them. */
export interface AnyRoadOptions extends SocketRoadOptions, NetworkOptions, WebSocketOptions {
  transport?: Transport;
  tlsContext?: TLSContextOptions;
  tlsParams?: TLSParameters | TLSParametersOptions;
  tlsInsecure?: boolean;
}
