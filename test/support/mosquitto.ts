import { type Broker, type BrokerOptions, startBroker } from "../../scripts/broker.mjs";

/**
 * Starts a mosquitto for one test:
 *
 *     await using broker = await startMosquitto();
 */
export const startMosquitto: (options?: BrokerOptions) => Promise<Broker> = startBroker;
