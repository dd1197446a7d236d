import { type InspectOptions, inspect } from "node:util";

type Inspect = (value: unknown, options: InspectOptions) => string;

/**
 * Makes `console.log` and `util.inspect` show the name of the class and the members that `view` returns. Others, which
 * may be secrets, are not shown.
 */
export function inspectAs<T extends object>(prototype: T, view: (instance: T) => object): void {
  Object.defineProperty(prototype, inspect.custom, {
    value(this: T, depth: number | null, options: InspectOptions, format: Inspect = inspect): unknown {
      const { name } = this.constructor;
      if (depth !== null && depth < 0) return `[${name}]`;
      const members = applyView(this, view);
      if (members === undefined) return this;
      return `${name} ${format(members, { ...options, depth })}`;
    },
    writable: true,
    configurable: true,
  });
}

/** Returns the members to show; undefined for a proxy or an inheriting object, which lack the private members. */
function applyView<T>(instance: T, view: (instance: T) => object): object | undefined {
  try {
    return view(instance);
  } catch {
    return undefined;
  }
}
