// Measures messages that return: one at a time, or one begun in each millisecond, possibly in a busy event loop.

import { startMeter } from "../meter.mjs";
import { makePayload } from "../payloads.mjs";
import { BusyLoop } from "./busy-loop.mjs";
import { connectAtOnce, disconnectAll, settle } from "./common.mjs";
import { SlowTrips } from "./slow-trips.mjs";

/** A publish to this topic returns with the broker's clock in these bytes. */
const topic = "stamp/round-trip";
const stampBegin = 8;
const stampEnd = 16;

export async function roundTrip(library, job) {
  const others = await connectAtOnce(library, job, job.testCase.idle ?? 0);
  const client = await library.connect(job.broker);
  const trips = new Trips(library, client, job);
  await trips.start();
  await trips.run(job.warmUpSeconds);
  trips.measureFromNow();
  const stop = startMeter(job.broker.process);
  await trips.run(job.seconds);
  const { cpuSeconds, jsSeconds } = stop();
  await trips.end();
  await settle();
  await disconnectAll(library, [client, ...others]);
  const { times, echoed } = trips;
  return {
    times,
    slow: await trips.slow.explain(),
    // These figures would include the time in which the program keeps itself busy.
    ...(!job.testCase.busy && {
      cpuMicroseconds: (cpuSeconds / times.length) * 1e6,
      jsMicroseconds: (jsSeconds / times.length) * 1e6,
    }),
    connections: 1 + others.length,
    echoed,
  };
}

class Trips {
  /** The duration of each trip in microseconds. */
  times = [];
  echoed = 0;
  slow;
  #library;
  #client;
  #testCase;
  #payload;
  #busyLoop = new BusyLoop();
  #begun = 0;
  #underWay = [];
  #consumed;
  #ending = false;

  constructor(library, client, { testCase, broker }) {
    this.#library = library;
    this.#client = client;
    this.#testCase = testCase;
    this.#payload = makePayload(testCase.size);
    this.slow = new SlowTrips(broker.process, this.#busyLoop.phases);
  }

  async start() {
    this.#consumed = this.#library.consume(this.#client, (_topic, payload) => this.#arrived(payload));
    await this.#library.subscribe(this.#client, topic, { qos: this.#testCase.qos });
  }

  measureFromNow() {
    this.times = [];
    this.slow.forget();
  }

  async run(seconds) {
    const end = performance.now() + 1000 * seconds;
    if (this.#testCase.busy) this.#busyLoop.start();
    await (this.#testCase.paced ? this.#oneEachMillisecond(end) : this.#oneAfterTheOther(end));
    this.#busyLoop.stop();
  }

  /** Ends with another trip that is not counted. */
  async end() {
    this.#ending = true;
    await this.#trip();
    await this.#consumed;
  }

  async #oneAfterTheOther(end) {
    while (performance.now() < end) await this.#trip();
  }

  async #oneEachMillisecond(end) {
    const trips = [];
    await new Promise((resolve) => {
      const timer = setInterval(() => {
        if (performance.now() < end) return void trips.push(this.#trip());
        clearInterval(timer);
        resolve();
      }, 1);
    });
    await Promise.all(trips);
  }

  /** Resolves when the message has returned and the publish is complete. */
  async #trip() {
    const payload = Buffer.from(this.#payload);
    payload.writeUInt32LE(this.#begun++, 0);
    const waited = this.slow.atBegin();
    const replied = new Promise((resolve) => {
      this.#underWay.push({ begin: performance.now(), waited, resolve });
    });
    const published = this.#library.publish(this.#client, topic, payload, { qos: this.#testCase.qos });
    await replied;
    await published;
  }

  #arrived(payload) {
    const end = performance.now();
    const trip = this.#underWay.shift();
    if (!trip) throw new Error("A message came that was not published");
    if (!this.#ending) {
      this.times.push(1000 * (end - trip.begin));
      this.slow.atEnd(trip.begin, end, payload.readBigUInt64LE(stampBegin), trip.waited);
    }
    this.#check(payload, this.echoed++);
    trip.resolve();
    return this.#ending;
  }

  #check(payload, sequence) {
    const found = payload.readUInt32LE(0);
    const expected = this.#payload;
    if (found !== sequence) throw new Error(`Message ${found} came instead of ${sequence}`);
    if (
      payload.length !== expected.length ||
      expected.compare(payload, 4, stampBegin, 4, stampBegin) !== 0 ||
      expected.compare(payload, stampEnd, payload.length, stampEnd) !== 0
    )
      throw new Error(`Message ${sequence} has wrong bytes`);
  }
}
