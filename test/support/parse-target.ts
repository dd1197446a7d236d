import { type ClientArguments, parseClientArguments } from "../../lib/options/address.ts";
import { parseSettings } from "../../lib/options/settings.ts";
import type { ConnectTarget } from "../../lib/transport/connect-target.ts";

/** The transport of a client with these arguments, which need not compile. */
export function parseTarget(...args: unknown[]): ConnectTarget {
  return parseSettings(parseClientArguments(args as ClientArguments)).addresses[0].target;
}
