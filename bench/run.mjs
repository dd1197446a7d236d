// The benchmark; see README.md in this folder. npm run bench prepares everything first.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { cases } from "./cases.mjs";
import { clients, selectClients } from "./clients/index.mjs";
import { coreLatency } from "./core-latency.mjs";
import { measure } from "./launch.mjs";
import { createNetwork } from "./network/namespace.mjs";
import { readOptions, usage } from "./options.mjs";
import { install, readVersion } from "./packages.mjs";
import { Progress } from "./progress.mjs";
import { chart } from "./report/chart.mjs";
import { digest } from "./report/digest.mjs";
import { markdown } from "./report/markdown.mjs";

/** The seconds of a measurement beyond its own time: two processes start and end, and the client warms up. */
const overheadSeconds = 1.5;

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(usage);
  if (options.list) return console.log(cases.map(({ name }) => name).join("\n"));
  const results = options.from ? JSON.parse(readFileSync(options.from, "utf8")) : await measureAll(options);
  writeReport(options.out, results);
  if (results.outcomes.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
}

async function measureAll({
  cases: wanted,
  rounds,
  seconds,
  warmUpSeconds,
  with: extra,
  only,
  compare,
  out,
}) {
  const asked = [...extra, ...only];
  for (const name of asked.filter((name) => clients[name].optional)) install(name);
  const { network, obstacle } = networkFor(wanted);
  const selected = wanted.filter((testCase) => !testCase.network || network);
  const isWanted = (name) => only.length === 0 || only.includes(name) || clients[name].isBefore;
  const table = selected.map((testCase) => ({
    testCase,
    names: selectClients(testCase, asked, compare).filter(isWanted),
  }));
  const total = rounds * table.reduce((sum, { names }) => sum + names.length, 0);
  const progress = new Progress(total, seconds + overheadSeconds);
  if (obstacle) progress.say(`Cells over a network are skipped: ${obstacle}`);
  const results = { machine: machine(), rounds, seconds, obstacle, outcomes: [] };
  const outcomes = new Map();
  const conditions = { rounds, seconds, warmUpSeconds, network, before: compare };
  for (const rows of groupRows(table)) {
    for (const outcome of await measureGroup(rows, conditions, progress))
      outcomes.set(outcome.testCase, outcome);
    results.outcomes = selected.map((testCase) => outcomes.get(testCase)).filter(Boolean);
    writeResults(out, results); // an interrupted run keeps its results
  }
  network?.remove();
  progress.end();
  return results;
}

/** Creates the network if a case needs one. Returns the obstacle if that fails. */
function networkFor(selected) {
  if (!selected.some(({ network }) => network)) return {};
  try {
    return { network: createNetwork() };
  } catch (error) {
    return { obstacle: error.message };
  }
}

/**
 * Groups cases that differ only in their variant. They are measured together, because they are compared with each
 * other.
 */
function groupRows(table) {
  const groups = new Map();
  for (const row of table) {
    const { kind, qos, size, network } = row.testCase;
    const key = `${kind} ${qos} ${size} ${network}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/** Measures all rounds of some cases. Cases and clients take turns, and each round starts with another client. */
async function measureGroup(rows, conditions, progress) {
  const outcomes = rows.map(({ testCase, names }) => ({
    testCase,
    results: Object.fromEntries(names.map((name) => [name, []])),
    failures: [],
  }));
  for (let round = 0; round < conditions.rounds; round++)
    for (const outcome of outcomes) await measureRound(round, outcome, conditions, progress);
  for (const { results, failures } of outcomes) for (const { client } of failures) delete results[client];
  return outcomes;
}

/** Measures one round. A client that has failed in a case is not measured again. */
async function measureRound(round, { testCase, results, failures }, conditions, progress) {
  const names = Object.keys(results);
  const turns = names.map((_, i) => names[(i + round) % names.length]);
  for (const name of turns) {
    progress.step(`${testCase.name}: ${name}, round ${round + 1}`);
    if (failures.some(({ client }) => client === name)) continue;
    try {
      const before = coreLatency();
      const result = await measure(name, testCase, conditions);
      results[name].push({ ...result, coreLatency: larger(before, coreLatency()) });
    } catch (error) {
      failures.push({ client: name, text: error.message });
      progress.say(`FAILED ${testCase.name}: ${name} ${error.message}`);
    }
  }
}

const larger = (a, b) => (a === undefined || b === undefined ? undefined : Math.max(a, b));

function machine() {
  const versions = { "MQTT.js": readVersion("mqtt"), "aws-crt": readVersion("aws-crt") };
  return {
    node: process.version,
    processor: cpus()[0]?.model,
    processors: availableParallelism(),
    congestionControl: congestionControl(),
    versions,
  };
}

/** The TCP congestion control of the system, on Linux. */
function congestionControl() {
  try {
    return readFileSync("/proc/sys/net/ipv4/tcp_congestion_control", "utf8").trim();
  } catch {
    return undefined;
  }
}

function writeResults(folder, results) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "results.json"), `${JSON.stringify(results, null, 1)}\n`);
}

function writeReport(folder, results) {
  const text = markdown(results);
  const drawn = chart(results);
  writeResults(folder, results);
  writeFileSync(join(folder, "digest.json"), `${JSON.stringify(digest(results))}\n`);
  writeFileSync(join(folder, "results.md"), text);
  if (drawn) writeFileSync(join(folder, "throughput.svg"), drawn);
  console.log(text);
}

try {
  await main();
} catch (error) {
  console.error(error.code?.startsWith("ERR_") || error.constructor === Error ? error.message : error);
  process.exitCode = 2;
}
