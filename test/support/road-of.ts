import { type ClientArguments, placeOf } from "../../lib/options/address.ts";
import { settingsOf } from "../../lib/options/settings.ts";
import type { Road } from "../../lib/roads/road.ts";

/** The transport of a client with these arguments, which need not compile. */
export function roadOf(...args: unknown[]): Road {
  return settingsOf(placeOf(args as ClientArguments)).road;
}
