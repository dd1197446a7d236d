/** What carries MQTT: a TCP connection, WebSocket over one, or a Unix socket. */
export type Transport = "tcp" | "websockets" | "unix";

/** What the scheme of a URL stands for. */
export interface Scheme {
  /** With its colon. */
  name: string;
  transport: Transport;
  tls: boolean;
  /** The default port. */
  port: number;
}

/** MQTT.js has the same ones, but for `unix:`, which it calls `mqtt+unix:`. */
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

/** @throws {TypeError} for a scheme that is none of ours */
export function parseScheme(name: string): Scheme {
  const scheme = SCHEMES.find((each) => each.name === name);
  if (scheme !== undefined) return scheme;
  const names = SCHEMES.map((each) => each.name).join(" ");
  throw new TypeError(`URL scheme must be one of ${names}, not ${name}`);
}
