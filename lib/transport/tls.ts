import type { NativeTls } from "../native/target.ts";
import { validateBoolean } from "../util/check.ts";
import { isPerAttempt } from "../util/per-attempt.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { type TLSContextOptions, tlsOfContext } from "./tls-context.ts";
import { TLSParameters, tlsOfParameters } from "./tls-parameters.ts";

/** The options of TLS, checked, or a function that returns them at each attempt. */
export type TlsSettings = NativeTls | (() => Promise<NativeTls>);

/** Checks the options of TLS. Returns undefined when it is off. `isWanted`: whether the URL requires it. */
export function parseTls(options: ConnectionOptions, isWanted: boolean): TlsSettings | undefined {
  const { tlsContext, tlsParams, tlsInsecure = false } = options;
  validateBoolean("Option tlsInsecure", tlsInsecure);
  if (tlsContext !== undefined && tlsParams !== undefined)
    throw new TypeError("Options tlsContext and tlsParams exclude each other: both configure TLS");
  if (!isWanted && tlsContext === undefined && tlsParams === undefined) {
    if (tlsInsecure)
      throw new TypeError("Option tlsInsecure needs TLS: mqtts: or wss:, tlsContext or tlsParams");
    return undefined;
  }
  const relaxed = (tls: NativeTls) => (tlsInsecure ? { ...tls, verifyName: false } : tls);
  if (isPerAttempt(tlsContext))
    return async () => ({ ...relaxed(tlsOfContext((await tlsContext()) ?? NO_CONTEXT)), reload: true });
  return relaxed(
    tlsContext === undefined ? tlsOfParameters(toTlsParameters(tlsParams)) : tlsOfContext(tlsContext),
  );
}

const NO_CONTEXT: TLSContextOptions = {};

function toTlsParameters(given: ConnectionOptions["tlsParams"]): TLSParameters {
  return given instanceof TLSParameters ? given : new TLSParameters(given);
}
