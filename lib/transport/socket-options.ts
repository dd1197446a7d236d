import { addon } from "../native/binding.ts";
import type { NativeSocketOption, SocketConstants } from "../native/target.ts";
import { isBytes, validateView } from "../util/binary.ts";
import { format, validateInteger } from "../util/check.ts";

/**
 * Level, option and value, as for setsockopt(2). A number or a boolean becomes a C `int`. Options with other types need
 * bytes.
 */
export type SocketOption = readonly [level: number, option: number, value: number | boolean | Uint8Array];

/** The names of socket levels and options, with this system's numbers. */
export const socketConstants: SocketConstants = Object.freeze(addon.socketConstants());

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** Checks socket options and converts them for the addon. Bytes are copied. */
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
  return new Uint8Array(Int32Array.of(number).buffer); // in the machine's byte order
}
