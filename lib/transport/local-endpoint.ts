import type { NativeLocalEndpoint } from "../native/target.ts";
import { format, validateInteger } from "../util/check.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { parseSocketOptions } from "./socket-options.ts";

/** Checks the options of the local end. Returns undefined when there are none. */
export function parseLocalEndpoint({
  bindAddress,
  bindPort,
  socketOptions,
}: ConnectionOptions): NativeLocalEndpoint | undefined {
  if (bindAddress !== undefined && !isAddress(bindAddress))
    throw new TypeError(`Option bindAddress must be an address of IPv4 or IPv6, not ${format(bindAddress)}`);
  if (bindPort !== undefined) validateInteger("Option bindPort", bindPort, 0, 65_535);
  const options = parseSocketOptions(socketOptions);
  if (bindAddress === undefined && !bindPort && options.length === 0) return undefined;
  return { address: bindAddress ?? "", port: bindPort ?? 0, options };
}

function isAddress(value: unknown): boolean {
  // Most programs never need this module.
  return typeof value === "string" && process.getBuiltinModule("node:net").isIP(value) !== 0;
}
