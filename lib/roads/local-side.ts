import { show, validateInteger } from "../basics/check.ts";
import type { NativeLocalSide } from "../native/road.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { socketOptionsOf } from "./socket-options.ts";

/** Checks what our end of the connection is to be; undefined when nothing is asked for. */
export function localSideOf({
  bindAddress,
  bindPort,
  socketOptions,
}: ConnectionOptions): NativeLocalSide | undefined {
  if (bindAddress !== undefined && !isAddress(bindAddress))
    throw new TypeError(`Option bindAddress must be an address of IPv4 or IPv6, not ${show(bindAddress)}`);
  if (bindPort !== undefined) validateInteger("Option bindPort", bindPort, 0, 65_535);
  const options = socketOptionsOf(socketOptions);
  if (bindAddress === undefined && !bindPort && options.length === 0) return undefined;
  return { address: bindAddress ?? "", port: bindPort ?? 0, options };
}

function isAddress(value: unknown): boolean {
  // Most programs never need this module.
  return typeof value === "string" && process.getBuiltinModule("node:net").isIP(value) !== 0;
}
