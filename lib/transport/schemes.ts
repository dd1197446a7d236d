/** The transport of MQTT: a TCP connection, WebSocket over one, or a Unix socket. */
export type Transport = "tcp" | "websockets" | "unix";

/** A scheme of URLs, and its meaning. */
export interface Scheme {
  /** The name, with its colon. */
  name: string;
  transport: Transport;
  tls: boolean;
  /** The default port. */
  port: number;
}

/** The schemes. MQTT.js has the same ones, except `unix:`, which it calls `mqtt+unix:`. */
const SCHEMES: readonly Scheme[] = [
  { name: "mqtt:", transport: "tcp", tls: false, port: 1883 },
  { name: "mqtts:", transport: "tcp", tls: true, port: 8883 },
  { name: "tcp:", transport: "tcp", tls: false, port: 1883 },
  { name: "ssl:", transport: "tcp", tls: true, port: 8883 },
  { name: "tls:", transport: "tcp", tls: true, port: 8883 },
  { name: "ws:", transport: "websockets", tls: false, port: 80 },
  { name: "wss:", transport: "websockets", tls: true, port: 443 },
  { name: "unix:", transport: "unix", tls: false, port: 0 },
  { name: "mqtt+unix:", transport: "unix", tls: false, port: 0 },
];

/**
 * Returns the scheme of a name.
 * @throws {TypeError} for an unknown name
 */
export function parseScheme(name: string): Scheme {
  const scheme = SCHEMES.find((each) => each.name === name);
  if (scheme !== undefined) return scheme;
  const names = SCHEMES.map((each) => each.name).join(" ");
  throw new TypeError(`URL scheme must be one of ${names}, not ${name}`);
}
