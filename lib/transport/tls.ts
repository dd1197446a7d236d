import type { NativeTls } from "../native/target.ts";
import { validateBoolean } from "../util/check.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { tlsOfContext } from "./tls-context.ts";
import { TLSParameters, tlsOfParameters } from "./tls-parameters.ts";

/** Checks the options of TLS. Returns undefined when it is off. `isWanted`: whether the URL requires it. */
export function parseTls(options: ConnectionOptions, isWanted: boolean): NativeTls | undefined {
  const { tlsContext, tlsParams, tlsInsecure = false } = options;
  validateBoolean("Option tlsInsecure", tlsInsecure);
  if (tlsContext !== undefined && tlsParams !== undefined)
    throw new TypeError("Options tlsContext and tlsParams exclude each other: both configure TLS");
  if (!isWanted && tlsContext === undefined && tlsParams === undefined) {
    if (tlsInsecure)
      throw new TypeError("Option tlsInsecure needs TLS: mqtts: or wss:, tlsContext or tlsParams");
    return undefined;
  }
  const tls =
    tlsContext === undefined ? tlsOfParameters(toTlsParameters(tlsParams)) : tlsOfContext(tlsContext);
  return tlsInsecure ? { ...tls, verifyName: false } : tls;
}

function toTlsParameters(given: ConnectionOptions["tlsParams"]): TLSParameters {
  return given instanceof TLSParameters ? given : new TLSParameters(given);
}
