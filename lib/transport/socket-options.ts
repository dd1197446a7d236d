import { addon } from "../native/binding.ts";
import type { NativeSocketOption, SocketConstants } from "../native/target.ts";
import { isBytes, validateView } from "../util/binary.ts";
import { format, validateInteger } from "../util/check.ts";

/**
 * Level, option and value, as for setsockopt(2). Numbers and booleans become a C `int`; what wants something else is given
 * as bytes.
 */
export type SocketOption = readonly [level: number, option: number, value: number | boolean | Uint8Array];

/** The usual names of levels and options of sockets, with the numbers that this system has for them. */
export const socketConstants: SocketConstants = Object.freeze(addon.socketConstants());

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** Checks socket options and brings them into the engine's form, with bytes of their own. */
export function parseSocketOptions(options: unknown): NativeSocketOption[] {
  if (options === undefined) return [];
  if (!Array.isArray(options))
    throw new TypeError(
      `Option socketOptions must be an array of [level, option, value], not ${format(options)}`,
    );
  return options.map((each: unknown, index) => parseSocketOption(`Option socketOptions[${index}]`, each));
}

function parseSocketOption(name: string, option: unknown): NativeSocketOption {
  if (!Array.isArray(option) || option.length !== 3)
    throw new TypeError(`${name} must be [level, option, value], not ${format(option)}`);
  const [level, number, value] = option as [unknown, unknown, unknown];
  validateInteger(`${name}[0], the level,`, level, 0, INT_MAX);
  validateInteger(`${name}[1], the option,`, number, 0, INT_MAX);
  return [level, number, valueBytes(`${name}[2], the value,`, value)];
}

function valueBytes(name: string, value: unknown): Uint8Array {
  if (isBytes(value)) {
    validateView(name, value);
    return new Uint8Array(value);
  }
  if (typeof value !== "number" && typeof value !== "boolean")
    throw new TypeError(`${name} must be a number, a boolean or bytes, not ${format(value)}`);
  const number = Number(value);
  validateInteger(name, number, INT_MIN, INT_MAX);
  return new Uint8Array(Int32Array.of(number).buffer); // the machine's own order of bytes
}
