import { format } from "../util/check.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { checkDemands, validateHeaders, type WebSocketHeaders } from "./headers.ts";

/** The checked options of WebSocket. */
export interface WebSocketSettings {
  /** The path with its query, percent-encoded. */
  path: string;
  headers: WebSocketHeaders;
}

/** The characters to percent-encode in a path (WHATWG URL, section 1.3), except refused ones. */
const TO_BE_ENCODED = /[^\x21-\x7e]|["<>\\^`{|}]/gu;

/** Checks the options of WebSocket. A record is copied. */
export function parseWebSocket({
  websocketPath = "/mqtt",
  websocketHeaders = {},
}: ConnectionOptions): WebSocketSettings {
  const path = parsePath(websocketPath);
  if (typeof websocketHeaders === "function") return { path, headers: websocketHeaders };
  validateHeaders("Option websocketHeaders", websocketHeaders);
  checkDemands("Option websocketHeaders", websocketHeaders);
  return { path, headers: { ...websocketHeaders } };
}

function parsePath(path: unknown): string {
  if (typeof path !== "string" || !path.startsWith("/") || /[#\p{Cc}\p{Cs}]/u.test(path))
    throw new TypeError(
      `Option websocketPath must be a string that begins with "/" and has no "#" and no control characters, not ${format(path)}`,
    );
  return path.replace(TO_BE_ENCODED, encodeURIComponent);
}
