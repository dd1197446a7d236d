import type { ClientOptions } from "../../../lib/index.ts";
import { type Beyond, Relay, type RelayOptions } from "../relay.ts";
import type { Network } from "./network.ts";

/** The arguments that connect a client to the broker. */
export interface ConnectTarget {
  url: string;
  /** Options that fit any version of MQTT. */
  options: ClientOptions;
}

/** A transport whose first hop a test can replace by a server in front of it. */
export interface Layout {
  /** The first hop. */
  first: Beyond;
  /** Whether mosquitto's own WebSocket listener is involved, which sends no more than 40 KiB a second. */
  isSlow?: boolean;
  /** The arguments when the first hop is at this port of 127.0.0.1, or at this path. */
  from(at: { port: number; path: string }): ConnectTarget;
}

type Scheme = "mqtt" | "mqtts" | "ws" | "wss";

/** All transports, by name. */
export const transports: Record<string, (network: Network) => Layout> = {
  TCP: ({ ports }) => direct("mqtt", ports.mqtt),
  "TCP from a given address": ({ ports }) => direct("mqtt", ports.mqtt, { bindAddress: "127.0.0.2" }),
  "TLS 1.2": (n) => direct("mqtts", n.ports.mqtts, { tlsContext: { ca: n.ca, maxVersion: "TLSv1.2" } }),
  "TLS 1.3": (n) => direct("mqtts", n.ports.mqtts, { tlsContext: { ca: n.ca, minVersion: "TLSv1.3" } }),
  "mutual TLS": (n) =>
    direct("mqtts", n.mosquitto.mutualTls, {
      tlsContext: { ca: n.ca, cert: n.identity.chain, key: n.identity.key },
    }),
  "mutual TLS from a PFX": (n) =>
    direct("mqtts", n.mosquitto.mutualTls, {
      tlsContext: { ca: n.ca, pfx: n.pfx, passphrase: n.pfxPassphrase },
    }),
  "mutual TLS from files": (n) =>
    direct("mqtts", n.mosquitto.mutualTls, {
      tlsParams: { caCerts: n.caFile, certfile: n.identity.chainFile, keyfile: n.identity.keyFile },
    }),
  WebSocket: ({ ports }) => direct("ws", ports.ws),
  "WebSocket of mosquitto": ({ mosquitto }) => slow(direct("ws", mosquitto.ws)),
  "WebSocket of mosquitto through nginx": ({ nginx }) => slow(direct("ws", nginx)),
  "WebSocket of mosquitto over TLS": (n) =>
    slow(direct("wss", n.mosquitto.wss, { tlsContext: { ca: n.ca } })),
  "WebSocket over TLS 1.2": (n) =>
    direct("wss", n.ports.wss, { tlsContext: { ca: n.ca, maxVersion: "TLSv1.2" } }),
  "WebSocket over TLS 1.3": (n) => direct("wss", n.ports.wss, { tlsContext: { ca: n.ca } }),
  "Unix socket": ({ path }) => ({
    first: { path },
    from: (at) => ({ url: `unix:${at.path}`, options: {} }),
  }),
  "abstract Unix socket": ({ abstractName }) => ({
    first: { path: `\0${abstractName}` },
    from: (at) => ({ url: `unix:${at.path.replace("\0", "@")}`, options: {} }),
  }),
  "SOCKS 4": (n) => through(n, "socks4", { proxyRdns: false }),
  "SOCKS 4a": (n) => through(n, "socks4"),
  "SOCKS 5": (n) => through(n, "socks5"),
  "SOCKS 5, names looked up here": (n) => through(n, "socks5", { proxyRdns: false }),
  "SOCKS 5 with a password": (n) => through(n, "socks5WithPassword"),
  "HTTP proxy": (n) => through(n, "http"),
  "HTTP proxy with a password": (n) => through(n, "httpWithPassword"),
  "TLS through SOCKS 4a": (n) => through(n, "socks4", {}, "mqtts"),
  "TLS through an HTTP proxy": (n) => through(n, "http", {}, "mqtts"),
  "WebSocket through SOCKS 5": (n) => through(n, "socks5", {}, "ws"),
  "WebSocket over TLS through SOCKS 5 with a password": (n) => through(n, "socks5WithPassword", {}, "wss"),
  "WebSocket over TLS through an HTTP proxy with a password": (n) =>
    through(n, "httpWithPassword", {}, "wss"),
};

function direct(scheme: Scheme, port: number, options: ClientOptions = {}): Layout {
  return {
    first: { host: "127.0.0.1", port },
    from: (at) => ({ url: `${scheme}://127.0.0.1:${at.port}`, options }),
  };
}

const slow = (layout: Layout): Layout => ({ ...layout, isSlow: true });

function through(
  network: Network,
  proxy: keyof Network["proxies"],
  more: { proxyRdns?: boolean } = {},
  scheme: Scheme = "mqtt",
): Layout {
  const { account, proxies, ports, ca } = network;
  const proxyType = proxy.startsWith("socks4") ? "socks4" : proxy.startsWith("socks5") ? "socks5" : "http";
  const login = proxy.endsWith("WithPassword")
    ? { proxyUsername: account.username, proxyPassword: account.password }
    : {};
  const tls = scheme === "mqtts" || scheme === "wss" ? { tlsContext: { ca } } : {};
  return {
    first: { host: "127.0.0.1", port: proxies[proxy] },
    from: ({ port }) => ({
      url: `${scheme}://localhost:${ports[scheme]}`,
      options: { ...tls, proxy: { proxyType, proxyAddr: "127.0.0.1", proxyPort: port, ...login, ...more } },
    }),
  };
}

/** The transport itself, with nothing in front of it. */
export function straight({ first, from }: Layout): ConnectTarget {
  return "path" in first ? from({ port: 0, path: first.path }) : from({ port: first.port, path: "" });
}

/** The transport with a relay as its first hop. */
export async function relayed(
  layout: Layout,
  options: RelayOptions = {},
): Promise<{ target: ConnectTarget; relay: Relay }> {
  const { first } = layout;
  if ("path" in first) {
    const number = String(relays++);
    const path = first.path.slice(0, -number.length) + number; // the length stays the same
    const relay = await Relay.to(first, { ...options, listen: { path } });
    return { relay, target: layout.from({ port: 0, path }) };
  }
  const relay = await Relay.to(first, options);
  return { relay, target: layout.from({ port: relay.port, path: "" }) };
}

let relays = 1;
