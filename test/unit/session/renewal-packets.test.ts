import { expect, test } from "vitest";
import { packRenewals } from "../../../lib/session/renewal-packets.ts";

const subscription = (filter: string, properties?: string) => ({
  filter,
  options: 0,
  properties: properties === undefined ? undefined : Buffer.from(properties),
  hasIdentifier: false,
});
const filtersOf = ({ packets }: ReturnType<typeof packRenewals>): string[][] =>
  packets.map(({ subscriptions }) => subscriptions.map(({ filter }) => filter));

test("a packet has up to 1 000 filters", () => {
  const all = Array.from({ length: 2001 }, (_, index) => subscription(`f/${index}`));
  const packed = packRenewals(all, Number.POSITIVE_INFINITY);
  expect(packed.packets.map(({ subscriptions }) => subscriptions.length)).toEqual([1000, 1000, 1]);
  expect(filtersOf(packed).flat()).toEqual(all.map(({ filter }) => filter));
});

test("subscriptions with the same properties share packets, others do not", () => {
  const all = [subscription("a", "1"), subscription("b"), subscription("c", "2"), subscription("d", "1")];
  const { packets } = packRenewals(all, Number.POSITIVE_INFINITY);
  expect(packets.map(({ properties, subscriptions }) => [String(properties), subscriptions.length])).toEqual([
    ["1", 2],
    ["undefined", 1],
    ["2", 1],
  ]);
});

test("a packet keeps to the broker's maximum packet size", () => {
  const all = Array.from({ length: 10 }, (_, index) => subscription(`${index}`.repeat(20), "12345"));
  const packed = packRenewals(all, 100);
  // 13 bytes before the filters at most, and 23 for each of them.
  expect(filtersOf(packed).map(({ length }) => length)).toEqual([3, 3, 3, 1]);
});

test("a filter that is too large alone is told apart", () => {
  const large = subscription("x".repeat(100));
  const packed = packRenewals([subscription("a"), large, subscription("b")], 50);
  expect(packed.tooLarge).toEqual([large]);
  expect(filtersOf(packed)).toEqual([["a", "b"]]);
});

test("without subscriptions there are no packets", () => {
  expect(packRenewals([], 10)).toEqual({ packets: [], tooLarge: [] });
});
