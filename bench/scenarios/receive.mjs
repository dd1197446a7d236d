// Measures the receipt of messages that the mock broker sends as fast as they are read.

import { Checker } from "../payloads.mjs";
import { connectAtOnce, disconnectAll, settle, warmThenMeasure } from "./common.mjs";

export async function receive(library, job) {
  const { testCase } = job;
  const clients = await connectAtOnce(library, job, testCase.clients);
  if (testCase.streams) await openIdleStreams(library, clients[0], testCase);
  let received = 0;
  const messages = await warmThenMeasure(job, async (count) => {
    const each = Math.ceil(count / clients.length);
    await Promise.all(clients.map((client) => receiveFlood(library, client, testCase, each)));
    received += each * clients.length;
    return each * clients.length;
  });
  await settle();
  await disconnectAll(library, clients);
  return { ...messages, connections: clients.length, received };
}

/** Opens all streams but the one that gets the messages. */
async function openIdleStreams(library, client, { qos, streams }) {
  for (let place = 1; place < streams; place++)
    await library.consumeStream(client, `idle/${place}/topic`, { qos });
}

async function receiveFlood(library, client, { qos, size, topics, streams }, count) {
  const filter = `flood/${qos}/${size}/${count}/${topics}/+`;
  const checker = new Checker(size);
  const onMessage = (topic, payload) => {
    if (topic.length < filter.length) throw new Error(`A message came with the topic ${topic}`);
    return checker.check(payload) === count;
  };
  if (streams) return library.consumeStream(client, filter, { qos }, onMessage);
  const consumed = library.consume(client, onMessage);
  await Promise.all([consumed, library.subscribe(client, filter, { qos })]);
}
