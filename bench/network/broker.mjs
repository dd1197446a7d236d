// Runs mosquitto at the other end of a network, with the remote client that a case needs.

import { startBroker } from "../../scripts/broker.mjs";
import { remoteKind, startRemote } from "./remote.mjs";

const port = 1883;

/** Starts mosquitto with its default settings. `finish` ends it and resolves with a report of faults. */
export async function startMosquitto(network, testCase) {
  const broker = await startBroker({ host: network.address, port, within: network.within });
  const address = { host: network.address, port, process: broker.pid };
  try {
    const remote = remoteKind(testCase) && (await startRemote(network.within, address, testCase));
    return {
      address: { ...address, ...(remote && { counters: remote.counters }) },
      async finish() {
        const complaints = (await remote?.finish()) ?? [];
        broker.kill(); // mosquitto reacts to SIGTERM only after a tenth of a second
        await broker.stop();
        return { violations: [...complaints, ...noticesIn(broker.log())] };
      },
    };
  } catch (error) {
    await broker.stop();
    throw error;
  }
}

/** The lines that mosquitto logs when it drops a message or a client. */
const noticesIn = (log) => log.split("\n").filter((line) => /dropped|error|exceeded|timeout/i.test(line));
