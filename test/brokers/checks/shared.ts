import assert from "node:assert/strict";
import { take } from "../../support/messages.ts";
import { checksOf } from "../check.ts";
import { END, numbersTo, publishNumbers, takeUntilEnd, textsOf } from "./messages.ts";

const check = checksOf("Shared subscriptions");

const byNumber = (a: string, b: string) => Number(a) - Number(b);

export const shared = [
  check("each message goes to one of the group", { needs: ["shared subscriptions"] }, async (t) => {
    const members = await Promise.all([1, 2, 3].map(() => t.connect()));
    for (const member of members) {
      await member.subscribe(`$share/group/${t.topic("a")}`, { qos: 1 });
      await member.subscribe(t.topic("end"), { qos: 1 });
    }
    const publisher = await t.connect();
    await publishNumbers(publisher, t.topic("a"), 300, 1);
    await publisher.publish(t.topic("end"), END, { qos: 1 });
    const shares = await Promise.all(members.map(takeUntilEnd));
    const texts = textsOf(shares.flat());
    assert.deepEqual(texts.toSorted(byNumber), numbersTo(300));
    assert.ok(
      shares.every((share) => share.length > 0),
      `the shares are ${shares.map((share) => share.length)}`,
    );
  }),

  check(
    "two groups and an ordinary subscription each get every message",
    {
      needs: ["shared subscriptions"],
    },
    async (t) => {
      const filters = ["$share/one/", "$share/two/", ""].map((prefix) => `${prefix}${t.topic()}`);
      const members = await Promise.all(
        filters.map(async (filter) => {
          const member = await t.connect();
          await member.subscribe(filter, { qos: 1 });
          return member;
        }),
      );
      await publishNumbers(await t.connect(), t.topic(), 100, 1);
      for (const member of members) {
        const texts = textsOf(await take(member, 100));
        assert.deepEqual(texts.toSorted(byNumber), numbersTo(100));
      }
    },
  ),
];
