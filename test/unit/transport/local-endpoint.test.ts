import { endianness } from "node:os";
import { describe, expect, test } from "vitest";
import { socketConstants } from "../../../lib/index.ts";
import { parseTarget } from "../../support/parse-target.ts";

const { SOL_SOCKET, SO_SNDBUF, IPPROTO_TCP, TCP_NODELAY } = socketConstants;

test("nothing is asked for unless it is", () => {
  expect(parseTarget("broker").local).toBeUndefined();
  expect(parseTarget("broker", { bindPort: 0, socketOptions: [] }).local).toBeUndefined();
});

describe("bindAddress and bindPort", () => {
  test.each(["127.0.0.1", "0.0.0.0", "::1", "fe80::1%eth0", "::ffff:1.2.3.4"])("%s", (address) => {
    expect(parseTarget("broker", { bindAddress: address, bindPort: 65_535 }).local).toEqual({
      address,
      port: 65_535,
      options: [],
    });
  });

  test.each<[options: object, message: RegExp]>([
    [{ bindAddress: "" }, /bindAddress must be an address of IPv4 or IPv6, not ''/],
    [{ bindAddress: "localhost" }, /bindAddress .* not 'localhost'/],
    [{ bindAddress: "eth0" }, /bindAddress/],
    [{ bindAddress: "127.1" }, /bindAddress/],
    [{ bindAddress: "[::1]" }, /bindAddress/],
    [{ bindAddress: 1 }, /bindAddress/],
    [{ bindPort: -1 }, /bindPort must be a whole number from 0 to 65535, not -1/],
    [{ bindPort: 65_536 }, /bindPort/],
    [{ bindPort: "1" }, /bindPort must be a number/],
  ])("%j is refused", (options, message) => {
    expect(() => parseTarget("broker", options)).toThrow(message);
  });
});

describe("socketOptions", () => {
  const int = (value: number) => {
    const bytes = Buffer.alloc(4);
    if (endianness() === "LE") bytes.writeInt32LE(value);
    else bytes.writeInt32BE(value);
    return new Uint8Array(bytes);
  };

  test("numbers and booleans become C ints, bytes are copied", () => {
    const bytes = Buffer.from("lo\0");
    const { local } = parseTarget("broker", {
      socketOptions: [
        [SOL_SOCKET, SO_SNDBUF, 65_536],
        [IPPROTO_TCP, TCP_NODELAY, false],
        [IPPROTO_TCP, TCP_NODELAY, true],
        [SOL_SOCKET, 0, -1],
        [SOL_SOCKET, 25, bytes],
      ],
    });
    bytes.fill(0);
    expect(local?.options).toEqual([
      [SOL_SOCKET, SO_SNDBUF, int(65_536)],
      [IPPROTO_TCP, TCP_NODELAY, int(0)],
      [IPPROTO_TCP, TCP_NODELAY, int(1)],
      [SOL_SOCKET, 0, int(-1)],
      [SOL_SOCKET, 25, new Uint8Array([0x6c, 0x6f, 0])],
    ]);
  });

  test.each<[options: unknown, message: RegExp]>([
    [{}, /socketOptions must be an array of \[level, option, value\], not \{\}/],
    [[1, 2, 3], /socketOptions\[0\] must be \[level, option, value\], not 1/],
    [[[1, 2]], /socketOptions\[0\] must be/],
    [[[1, 2, 3, 4]], /socketOptions\[0\] must be/],
    [[["SOL_SOCKET", 2, 3]], /socketOptions\[0\]\[0\], the level, must be a number, not 'SOL_SOCKET'/],
    [[[1, -1, 3]], /socketOptions\[0\]\[1\], the option, must be a whole number from 0/],
    [[[undefined, 2, 3]], /the level,/],
    [[[1, 2, "3"]], /the value, must be a number, a boolean or bytes, not '3'/],
    [[[1, 2, 1.5]], /the value, must be a whole number/],
    [[[1, 2, 2 ** 31]], /the value, must be a whole number/],
    [[[1, 2, 3], null], /socketOptions\[1\]/],
  ])("%j is refused", (socketOptions, message) => {
    expect(() => parseTarget("broker", { socketOptions })).toThrow(message);
  });

  test("the constants are numbers, and stay what they are", () => {
    const values = Object.values(socketConstants);
    expect(values.length).toBeGreaterThan(30);
    expect(values.every(Number.isInteger)).toBe(true);
    expect(Object.isFrozen(socketConstants)).toBe(true);
  });
});
