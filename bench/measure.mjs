// One measurement of one contender, in a process of its own: node bench/measure.mjs '<job as JSON>'. The result goes to
// the parent or, when there is none, to standard output. A job: { contender, port, cell, seconds }.

import { contender } from "./contenders/index.mjs";
import { peakMemory, startMeter } from "./meter.mjs";
import { Checker, Payloads, payloadOf } from "./payloads.mjs";

/** Long enough for the compiler to have seen everything and for its code to be in place. */
const warmUpSeconds = 0.3;
/** For acknowledgements that are still on their way when the last message is there. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

const kinds = { receive, publish, "round-trip": roundTrip, connect };

async function receive(library, { port, cell, seconds }) {
  const client = await library.connect(port);
  const floods = [];
  const messages = await warmThenMeasure(seconds, async (count) => {
    const filter = `flood/${cell.qos}/${cell.size}/${count}/${cell.topics}/+`;
    floods.push({ filter, count });
    const checker = new Checker(cell.size);
    await library.receive(client, { filter, qos: cell.qos, count }, (topic, payload) => {
      if (topic.length < filter.length) throw new Error(`A message came with the topic ${topic}`);
      checker.check(payload);
    });
  });
  await settle();
  await library.disconnect(client);
  return { ...messages, floods };
}

async function publish(library, { port, cell, seconds }) {
  const client = await library.connect(port, { inflight: cell.inflight });
  const topic = `sink/${cell.size}`;
  const payloads = new Payloads(cell.size, cell.window);
  const options = { qos: cell.qos };
  let published = 0;
  const messages = await warmThenMeasure(seconds, async (count) => {
    const end = published + count;
    const publishOneAfterTheOther = async () => {
      while (published < end) {
        published++;
        await library.publish(client, topic, payloads.next(), options);
      }
    };
    await Promise.all(Array.from({ length: cell.window }, publishOneAfterTheOther));
  });
  await settle();
  await library.disconnect(client);
  return { ...messages, sinks: [{ topic, count: published }] };
}

/** Runs ever longer until it is warm, then once for about so many seconds. */
async function warmThenMeasure(seconds, run) {
  for (let count = 500; ; count *= 2) {
    const meter = startMeter();
    await run(count);
    const warmUp = meter();
    if (warmUp.seconds < warmUpSeconds) continue;
    const measured = Math.ceil((count / warmUp.seconds) * seconds);
    const stop = startMeter();
    await run(measured);
    const cost = stop();
    return {
      count: measured,
      rate: measured / cost.seconds,
      cpuMicroseconds: (cost.cpuSeconds / measured) * 1e6,
      jsMicroseconds: (cost.jsSeconds / measured) * 1e6,
    };
  }
}

async function roundTrip(library, { port, cell, seconds }) {
  const client = await library.connect(port);
  const message = { topic: "echo/round-trip", payload: payloadOf(cell.size), options: { qos: cell.qos } };
  await library.subscribe(client, message.topic, { qos: cell.qos });
  const run = async (limit) => {
    const times = [];
    for (const end = performance.now() + limit * 1000; performance.now() < end; ) {
      const begin = performance.now();
      times.push(1000 * ((await library.roundTrip(client, message)) - begin));
    }
    return times.sort((a, b) => a - b);
  };
  const warmUp = await run(warmUpSeconds);
  const times = await run(seconds);
  const percentile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  await settle();
  await library.disconnect(client);
  return {
    count: times.length,
    p50: percentile(0.5),
    p99: percentile(0.99),
    p999: percentile(0.999),
    worst: times.at(-1),
    echoed: warmUp.length + times.length,
  };
}

async function connect(library, { port, cell }) {
  await library.disconnect(await library.connect(port)); // code is loaded, threads are there
  const stop = startMeter();
  const clients = await Promise.all(Array.from({ length: cell.count }, () => library.connect(port)));
  const cost = stop();
  await Promise.all(clients.map((client) => library.disconnect(client)));
  return {
    milliseconds: cost.seconds * 1000,
    cpuMilliseconds: cost.cpuSeconds * 1000,
    connections: cell.count + 1,
  };
}

const job = JSON.parse(process.argv[2]);
const result = await kinds[job.cell.kind](await contender(job.contender), job);
const report = { connections: 1, ...result, peakMebibytes: peakMemory() };
if (process.send) process.send(report, () => process.disconnect());
else console.log(JSON.stringify(report, null, 2));
