// The commands pub and sub do what mosquitto's clients do: output, exit code, errors, and the messages that arrive.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pub as pubCommand } from "../../../lib/cli/pub/command.ts";
import { sub as subCommand } from "../../../lib/cli/sub/command.ts";
import { AsyncStack } from "../../support/async-stack.ts";
import { findMissingClients, start, theirs as theirClient } from "../../support/programs.ts";
import { Authority } from "../../support/tls/authority.ts";
import { type Case, observe, World } from "./comparison.ts";
import { pubCases } from "./pub-cases.ts";
import { subCases } from "./sub-cases.ts";

const missing = findMissingClients();
const ACCESS = ["user admin", "topic readwrite #", "user user", "topic readwrite t/#", ""].join("\n");

describe.skipIf(missing !== undefined)(
  `beside mosquitto's clients${missing ? ` (skipped: ${missing})` : ""}`,
  () => {
    const stack = new AsyncStack();
    let [ours, theirs]: World[] = [];

    beforeAll(async () => {
      const directory = await mkdtemp(join(tmpdir(), "mqtt-native-access-"));
      stack.defer(() => rm(directory, { recursive: true, force: true }));
      const file = join(directory, "access");
      await writeFile(file, ACCESS);
      const authority = stack.use(await Authority.create("root"));
      [ours, theirs] = await Promise.all([World.create(authority, file), World.create(authority, file)]);
      for (const world of [ours, theirs]) if (world) stack.use(world);
    });
    afterAll(() => stack[Symbol.asyncDispose]());

    const all: [string, Case, number][] = [...pubCases, ...subCases].map((each, index) => [
      `${each.command} ${each.line}${each.differs ? " (differs)" : ""} #${index}`,
      each,
      index,
    ]);

    test("there are at least 120 command lines without a difference", () => {
      expect(all.filter(([, { differs }]) => !differs).length).toBeGreaterThanOrEqual(120);
    });

    test.each([pubCommand, subCommand])(
      "$name has all flags of mosquitto's client",
      async ({ name, options }) => {
        const { stdout } = await start([...theirClient(name), "--help"]).ended;
        const known = ["--help", ...options.flatMap(({ names }) => names)];
        const flags = [...stdout.matchAll(/(?<=[\s[{(])--?[a-zA-Z][\w-]*/g)].map(([flag]) => flag);
        expect(flags.length).toBeGreaterThan(50);
        expect([...new Set(flags)].filter((flag) => !known.includes(flag))).toEqual([]);
      },
    );

    test.concurrent.each(all)("%s", async (_name, each, index) => {
      if (!ours || !theirs) throw new Error("no brokers");
      const topic = `t/${index}`;
      const [our, their] = await Promise.all([
        observe(each, topic, ours, true),
        each.hangs ? {} : observe(each, topic, theirs, false),
      ]);
      const differs = JSON.parse(JSON.stringify(each.differs ?? {}).replaceAll("{t}", topic));
      expect(our).toEqual({ ...their, ...differs });
    });
  },
);
