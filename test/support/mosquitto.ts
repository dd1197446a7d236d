import { type Broker, type BrokerOptions, startBroker } from "../../scripts/broker.mjs";

/**
 * A mosquitto of the test's own:
 *
 *     await using broker = await startMosquitto();
 */
export const startMosquitto: (options?: BrokerOptions) => Promise<Broker> = startBroker;
