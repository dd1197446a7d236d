import { isReplacedUrl } from "./replacement.ts";

/** The modules that take the place of MQTT.js. */
export interface Targets {
  /** The URL for `import`. */
  module: string;
  /** The URL for `require`. */
  common: string;
}

/** The parts of a resolution that are changed; the others are kept. */
interface Resolution {
  url: string;
  format?: string | null | undefined;
}

/** The result of a resolve hook: ours where it takes the place of `resolved`, else `resolved` itself. */
export function replacedBy<T extends Resolution>(
  { module, common }: Targets,
  specifier: string,
  resolved: T,
  conditions: Iterable<string>,
): T {
  if (!isReplacedUrl(specifier, resolved.url)) return resolved;
  const ours = new Set(conditions).has("import")
    ? { url: module, format: "module" }
    : { url: common, format: "commonjs" };
  return { ...resolved, ...ours };
}
