import { format } from "../util/check.ts";

/** The versions of TLS, with Node's names. */
export type TLSVersion = "TLSv1.2" | "TLSv1.3";

/** Converts a version for the addon. */
export function parseTlsVersion(name: string, version: unknown): 12 | 13 {
  if (version === "TLSv1.2") return 12;
  if (version === "TLSv1.3") return 13;
  throw new RangeError(`${name} must be "TLSv1.2" or "TLSv1.3", not ${format(version)}`);
}
