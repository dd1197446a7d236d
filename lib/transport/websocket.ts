import { format } from "../util/check.ts";
import { isPerAttempt, type PerAttempt } from "../util/per-attempt.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { checkDemands, validateHeaders, type WebSocketHeaders } from "./headers.ts";

/** The checked options of WebSocket. */
export interface WebSocketSettings {
  /** The path with its query, percent-encoded. A function returns it as the program has it. */
  path: PerAttempt<string>;
  headers: WebSocketHeaders;
}

/** The characters to percent-encode in a path (WHATWG URL, section 1.3), except refused ones. */
const TO_BE_ENCODED = /[^\x21-\x7e]|["<>\\^`{|}]/gu;

/** Checks the options of WebSocket. A record is copied. */
export function parseWebSocket({
  websocketPath = DEFAULT_PATH,
  websocketHeaders = {},
}: ConnectionOptions): WebSocketSettings {
  const path = isPerAttempt(websocketPath) ? websocketPath : parseWebSocketPath(websocketPath);
  if (typeof websocketHeaders === "function") return { path, headers: websocketHeaders };
  validateHeaders("Option websocketHeaders", websocketHeaders);
  checkDemands("Option websocketHeaders", websocketHeaders);
  return { path, headers: { ...websocketHeaders } };
}

const DEFAULT_PATH = "/mqtt";

/** Checks and encodes the path to request. Undefined is the default path. */
export function parseWebSocketPath(path: unknown = DEFAULT_PATH): string {
  if (typeof path !== "string" || !path.startsWith("/") || /[#\p{Cc}\p{Cs}]/u.test(path))
    throw new TypeError(
      `Option websocketPath must be a string that begins with "/" and has no "#" and no control characters, not ${format(path)}`,
    );
  return path.replace(TO_BE_ENCODED, encodeURIComponent);
}
