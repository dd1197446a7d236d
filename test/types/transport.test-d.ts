// Statements that must compile, and others that must not. The file is never run: `npm run lint` checks its types.

import {
  Client,
  type ClientOptions,
  ProtocolVersion,
  ProxySettings,
  type SocketOption,
  socketConstants,
  type TLSContextOptions,
  TLSParameters,
} from "mqtt-native";

const { SOL_SOCKET, SO_SNDBUF, SO_BINDTODEVICE } = socketConstants;

// ---- transports ----

new Client("localhost", { transport: "tcp" });
new Client("localhost", 9001, { transport: "websockets", websocketPath: "/ws" });
new Client("/run/broker.sock", { transport: "unix" });
new Client("/run/broker.sock", { transport: "unix", socketOptions: [[SOL_SOCKET, SO_SNDBUF, 65_536]] });
// A URL may name the transport.
new Client("ws://localhost", { websocketPath: "/ws", websocketHeaders: { Authorization: "Bearer x" } });
new Client(new URL("wss://localhost"), { websocketHeaders: (defaults) => ({ ...defaults, Origin: "x" }) });
// @ts-expect-error
new Client("localhost", { transport: "quic" });
// @ts-expect-error: headers are strings
new Client("ws://localhost", { websocketHeaders: { "X-Count": 1 } });
new Client("ws://localhost", { websocketHeaders: async (defaults) => defaults, websocketPath: () => "/ws" });
new Client("mqtts://localhost", { tlsContext: async () => ({ ca: "PEM" }) });
// @ts-expect-error: a path is a string
new Client("ws://localhost", { websocketPath: () => 1 });

// ---- TLS ----

new Client("mqtts://localhost");
new Client("localhost", 8883, { tlsContext: {}, tlsInsecure: true });
new Client("localhost", 8883, { tlsParams: { caCerts: "ca.pem", certReqs: "none", tlsVersion: "TLSv1.3" } });
new Client("localhost", 8883, { tlsParams: new TLSParameters({ certfile: "me.pem" }) });
new Client("mqtts://localhost", { protocol: ProtocolVersion.V5, tlsContext: { ca: Buffer.alloc(1) } });
const context: TLSContextOptions = {
  ca: ["PEM", new Uint8Array(1)],
  cert: "PEM",
  key: [{ pem: "PEM", passphrase: "p" }],
  pfx: [new Uint8Array(1), { buf: Buffer.alloc(1), passphrase: "p" }],
  minVersion: "TLSv1.2",
  ALPNProtocols: ["mqtt", new Uint8Array(1)],
};
new Client("localhost", { tlsContext: context });
// @ts-expect-error: TLS 1.1 is not supported
new Client("localhost", { tlsContext: { minVersion: "TLSv1.1" } });
// @ts-expect-error: a PFX is bytes
new Client("localhost", { tlsContext: { pfx: "file.p12" } });
// @ts-expect-error: there is no such option
new Client("localhost", { tlsContext: { secureContext: {} } });
// @ts-expect-error: Python's numbers have names here
new Client("localhost", { tlsParams: { certReqs: 2 } });
// @ts-expect-error
new Client("localhost", { tlsParams: { ca_certs: "ca.pem" } });

// ---- proxies ----

new Client("localhost", { proxy: { proxyType: "socks5", proxyAddr: "proxy", proxyRdns: false } });
new Client("ws://localhost", { proxy: new ProxySettings({ proxyType: "http", proxyAddr: "proxy" }) });
// @ts-expect-error: the proxy's address is missing
new Client("localhost", { proxy: { proxyType: "socks5" } });
// @ts-expect-error
new Client("localhost", { proxy: { proxyType: "SOCKS5", proxyAddr: "proxy" } });
// @ts-expect-error: settings are immutable
new ProxySettings({ proxyType: "http", proxyAddr: "proxy" }).proxyPort = 1;

// ---- local endpoint ----

new Client("localhost", { bindAddress: "127.0.0.1", bindPort: 1234 });
const options: SocketOption[] = [
  [SOL_SOCKET, SO_SNDBUF, 65_536],
  [SOL_SOCKET, SO_SNDBUF, true],
  [SOL_SOCKET, SO_BINDTODEVICE, Buffer.from("eth0")],
];
new Client("localhost", { socketOptions: options });
// @ts-expect-error: levels are numbers
new Client("localhost", { socketOptions: [["SOL_SOCKET", SO_SNDBUF, 1]] });
// @ts-expect-error: a value is missing
new Client("localhost", { socketOptions: [[SOL_SOCKET, SO_SNDBUF]] });
// @ts-expect-error: the system defines the constants
socketConstants.SOL_SOCKET = 1;

// ---- merged options ----

/** Connects with options that are known only at run time. */
export function connectWith(given: ClientOptions): Promise<Client> {
  return Client.connect("localhost", { timeout: 5, ...given, port: 1884 });
}

/** Passes on the arguments of the constructor. */
export function open(hostname: string, port: number, options: ClientOptions): Client {
  return new Client(hostname, port, options);
}
