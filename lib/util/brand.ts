/** A class, with a public or a private constructor. */
interface Class {
  readonly prototype: object;
}

const hasInstance: (this: unknown, value: unknown) => boolean = Function.prototype[Symbol.hasInstance];

/**
 * Makes `instanceof` accept instances of all copies of a class. A process may load the package several times, as each
 * test file of Jest does. `name`: the name of the class in every copy. The class gets it, because the bundler renames
 * classes that refer to themselves.
 */
export function brand(target: Class, name: string): void {
  const key = Symbol.for(`mqtt-native.${name}`);
  Object.defineProperty(target, "name", { value: name, configurable: true });
  Object.defineProperty(target.prototype, key, { value: true });
  Object.defineProperty(target, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      // A subclass inherits this method, and has no brand of its own.
      return this === target ? isBranded(value, key) : hasInstance.call(this, value);
    },
  });
}

function isBranded(value: unknown, key: symbol): boolean {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[key] === true;
}
