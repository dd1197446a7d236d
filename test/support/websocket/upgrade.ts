import { createHash } from "node:crypto";
import type { Peer } from "../peer.ts";

/** The request of a client to upgrade to WebSocket. */
export interface UpgradeRequest {
  method: string;
  path: string;
  /** The values by lower-case name. A repeated name has all values, separated by commas. */
  headers: ReadonlyMap<string, string>;
  /** The whole request. */
  text: string;
}

/** Reads a request. Throws when a header that RFC 6455, section 4.2.1 requires is missing or wrong. */
export async function takeUpgradeRequest(peer: Peer): Promise<UpgradeRequest> {
  const request = parseRequest((await peer.takeUntil("\r\n\r\n")).toString("latin1"));
  const { headers } = request;
  const key = Buffer.from(headers.get("sec-websocket-key") ?? "", "base64");
  const wrong = [
    request.method !== "GET" && "method",
    !headers.has("host") && "Host",
    headers.get("upgrade")?.toLowerCase() !== "websocket" && "Upgrade",
    !/\bupgrade\b/i.test(headers.get("connection") ?? "") && "Connection",
    headers.get("sec-websocket-version") !== "13" && "Sec-WebSocket-Version",
    headers.get("sec-websocket-protocol") !== "mqtt" && "Sec-WebSocket-Protocol", // [MQTT-6.0.0-3]
    key.length !== 16 && "Sec-WebSocket-Key",
  ].filter((name) => name !== false);
  if (wrong.length > 0) throw new Error(`no upgrade to WebSocket, for ${wrong.join(", ")}:\n${request.text}`);
  return request;
}

function parseRequest(text: string): UpgradeRequest {
  const [first = "", ...lines] = text.split("\r\n").filter((line) => line !== "");
  const [method = "", path = "", version] = first.split(" ");
  if (version !== "HTTP/1.1") throw new Error(`not a request of HTTP/1.1: ${first}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not a header: ${line}`);
    const before = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`);
  }
  return { method, path, headers, text };
}

/** The Sec-WebSocket-Accept in the answer to a request (RFC 6455, section 4.2.2). */
export function acceptKey({ headers }: UpgradeRequest): string {
  const key = headers.get("sec-websocket-key");
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** The answer that accepts a request. Headers with the value undefined are omitted. */
export function yesTo(request: UpgradeRequest, changes: Record<string, string | undefined> = {}): string {
  const headers = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": acceptKey(request),
    "Sec-WebSocket-Protocol": "mqtt",
    ...changes,
  };
  return httpResponse("101 Switching Protocols", headers);
}

export function httpResponse(status: string, headers: Record<string, string | undefined> = {}): string {
  const lines = Object.entries(headers).filter(([, value]) => value !== undefined);
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${status}\r\n${text}\r\n`;
}
