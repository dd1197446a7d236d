import { expect, test } from "vitest";
import { parseClientArguments } from "../../../lib/options/address.ts";
import { parseSettings } from "../../../lib/options/settings.ts";
import { Addresses } from "../../../lib/session/addresses.ts";
import { toUrl } from "../../../lib/transport/connect-target.ts";

const addressesOf = (...urls: string[]): Addresses =>
  new Addresses(parseSettings(parseClientArguments([urls])).addresses);

/** The URLs of the next round. Each is taken into use. */
function roundOf(addresses: Addresses): string[] {
  return addresses.round().map((place) => toUrl(addresses.use(place).target));
}

const A = "mqtt://a:1883";
const B = "mqtt://b:1883";
const C = "mqtt://c:1883";

test("a round goes through the addresses in order, and begins with the one that worked last", () => {
  const addresses = addressesOf(A, B, C);
  expect(roundOf(addresses)).toEqual([A, B, C]);
  addresses.use(1);
  addresses.worked();
  expect(roundOf(addresses)).toEqual([B, C, A]);
  expect(roundOf(addresses)).toEqual([B, C, A]);
});

test("a reference is in use until the next round, and has the port in use unless it names one", () => {
  const addresses = addressesOf(A, B);
  addresses.use(1);
  expect(addresses.follow({ host: "x", port: undefined, isPermanent: false })).toBe(true);
  expect(toUrl(addresses.current.target)).toBe("mqtt://x:1883");
  expect(addresses.follow({ host: "::1", port: 9, isPermanent: false })).toBe(true);
  expect(toUrl(addresses.current.target)).toBe("mqtt://[::1]:9");
  addresses.worked();
  expect(roundOf(addresses)).toEqual([B, A]);
});

test("a permanent reference takes the place of the address", () => {
  const addresses = addressesOf(A, B);
  addresses.use(1);
  expect(addresses.follow({ host: "x", port: 1, isPermanent: true })).toBe(true);
  expect(roundOf(addresses)).toEqual([A, "mqtt://x:1"]);
});

test("eight references in a row are followed, and no more", () => {
  const addresses = addressesOf(A);
  const follow = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      addresses.follow({ host: `x${index}`, port: undefined, isPermanent: false }),
    );
  expect(follow(9)).toEqual([...Array(8).fill(true), false]);
  addresses.lasted();
  expect(follow(1)).toEqual([true]);
});

test.each([
  ["the broker in use", "a", 1883],
  ["no host", "a b", undefined],
])("a reference to %s is not followed", (_what, host, port) => {
  expect(addressesOf(A).follow({ host, port, isPermanent: false })).toBe(false);
});

test("a Unix socket refers to nothing", () => {
  expect(addressesOf("unix:/run/x").follow({ host: "x", port: 1, isPermanent: false })).toBe(false);
});
