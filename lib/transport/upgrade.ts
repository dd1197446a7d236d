import type { NativeUpgrade } from "../native/target.ts";
import { checkDemands, findHeader, type HeaderRecord, mergeHeaders, validateHeaders } from "./headers.ts";
import { bracketed } from "./host.ts";
import type { WebSocketSettings } from "./websocket.ts";

/** The server of an upgrade request. */
export interface WebServer {
  host: string;
  port: number;
  isSecure: boolean;
}

/** The constant that is appended to a key for the Sec-WebSocket-Accept (RFC 6455, section 1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Makes the WebSocket upgrade request (RFC 6455, section 4.1), with a new key.
 *
 * @throws {TypeError} when the function of the option `websocketHeaders` returns invalid headers; also its own errors
 */
export function upgradeRequest(settings: WebSocketSettings, server: WebServer): NativeUpgrade {
  // Most programs never need this module.
  const { createHash, randomBytes } = process.getBuiltinModule("node:crypto");
  const headers = withDefaults(settings, defaultHeaders(server, randomBytes(16).toString("base64")));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return {
    request: Buffer.from(`GET ${settings.path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"),
    accept: createHash("sha1")
      .update(findHeader(headers, "Sec-WebSocket-Key") + GUID)
      .digest("base64"),
  };
}

/** Returns the headers of paho-python, without its Origin, which is for browsers. */
function defaultHeaders({ host, port, isSecure }: WebServer, key: string): Record<string, string> {
  const name = bracketed(host.replace(/%.*/, "")); // the zone of an address is local
  return {
    Host: port === (isSecure ? 443 : 80) ? name : `${name}:${port}`,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": key,
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "mqtt",
  };
}

function withDefaults({ headers }: WebSocketSettings, defaults: Record<string, string>): HeaderRecord {
  if (typeof headers !== "function") return mergeHeaders(defaults, headers);
  const returned: unknown = headers(defaults);
  validateHeaders("What websocketHeaders returned", returned);
  checkDemands("What websocketHeaders returned", returned, true);
  return returned;
}
