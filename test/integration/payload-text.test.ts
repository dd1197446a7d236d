import { expect, test } from "vitest";
import { connected } from "../support/connected.ts";
import { takeOne } from "../support/messages.ts";

const MARK = "\ufeff";

test.each([
  ["one mark", `${MARK}{"a":1}`, { a: 1 }],
  ["no mark", '{"a":1}', { a: 1 }],
  ["a mark in a string", `"${MARK}"`, MARK],
])(
  "json() skips a byte order mark at the beginning, and text() keeps it: %s",
  async (_name, payload, value) => {
    await using all = await connected();
    await all.session.send(all.session.packets.publish({ topic: "t", payload }));
    const message = await takeOne(all.client);
    expect(message.json()).toEqual(value);
    expect(message.text()).toBe(payload);
  },
);

test.each(["", MARK, `${MARK}${MARK}1`])("json() throws a SyntaxError for %o", async (payload) => {
  await using all = await connected();
  await all.session.send(all.session.packets.publish({ topic: "t", payload }));
  const message = await takeOne(all.client);
  expect(() => message.json()).toThrow(SyntaxError);
});
