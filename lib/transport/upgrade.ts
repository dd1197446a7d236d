import type { NativeUpgrade } from "../native/target.ts";
import { type Ask, isPerAttempt } from "../util/per-attempt.ts";
import { checkDemands, findHeader, type HeaderRecord, mergeHeaders, validateHeaders } from "./headers.ts";
import { bracketed } from "./host.ts";
import { parseWebSocketPath, type WebSocketSettings } from "./websocket.ts";

/** The server of an upgrade request. */
export interface WebServer {
  host: string;
  port: number;
  isSecure: boolean;
}

/** The constant that is appended to a key for the Sec-WebSocket-Accept (RFC 6455, section 1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Makes the WebSocket upgrade request (RFC 6455, section 4.1), with a new key. */
export function upgradeRequest(path: string, own: HeaderRecord, server: WebServer): NativeUpgrade {
  return toRequest(path, mergeHeaders(defaultHeaders(server), own));
}

/**
 * Makes the same request from what the functions of the program return.
 *
 * @throws {TypeError} when a function returns an invalid value; also its own errors
 */
export async function askForUpgrade(
  { path, headers }: WebSocketSettings,
  server: WebServer,
  ask: Ask,
): Promise<NativeUpgrade> {
  const chosenPath = isPerAttempt(path)
    ? await ask("websocketPath", async () => parseWebSocketPath(await path()))
    : path;
  if (typeof headers !== "function") return upgradeRequest(chosenPath, headers, server);
  const returned = await ask("websocketHeaders", async () => checked(await headers(defaultHeaders(server))));
  return toRequest(chosenPath, returned);
}

function checked(returned: unknown): HeaderRecord {
  validateHeaders("What websocketHeaders returned", returned);
  checkDemands("What websocketHeaders returned", returned, true);
  return returned;
}

function toRequest(path: string, headers: HeaderRecord): NativeUpgrade {
  // Most programs never need this module.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return {
    request: Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"),
    accept: createHash("sha1")
      .update(findHeader(headers, "Sec-WebSocket-Key") + GUID)
      .digest("base64"),
  };
}

/** Returns the headers of paho-python, without its Origin, which is for browsers. */
function defaultHeaders({ host, port, isSecure }: WebServer): Record<string, string> {
  const name = bracketed(host.replace(/%.*/, "")); // the zone of an address is local
  return {
    Host: port === (isSecure ? 443 : 80) ? name : `${name}:${port}`,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": process.getBuiltinModule("node:crypto").randomBytes(16).toString("base64"),
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "mqtt",
  };
}
