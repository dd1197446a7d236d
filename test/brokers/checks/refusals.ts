import assert from "node:assert/strict";
import { MqttCodeError, MqttError } from "mqtt-native";
import { takeOne } from "../../support/messages.ts";
import { checksOf, ONLY_5 } from "../check.ts";

const check = checksOf("Refusals");

/** The topic that no client may use. */
const DENIED = "denied/topic";

export const refusals = [
  check("a refused publish does not end the client's other work", { needs: ["acl"] }, async (t) => {
    const client = await t.connect();
    // Before MQTT 5 a broker either says nothing, or ends the connection [MQTT-3.3.5-2].
    await client.publish(DENIED, "x", { qos: 1 }).catch((error) => assert.ok(error instanceof MqttError));
    if (!client.connected) await client.connect();
    await client.subscribe(t.topic(), { qos: 1 });
    await client.publish(t.topic(), "allowed", { qos: 1 });
    assert.equal((await takeOne(client)).text(), "allowed");
  }),

  check("a refused publish says why", { versions: ONLY_5, needs: ["acl"] }, async (t) => {
    const client = await t.connect();
    for (const qos of [1, 2] as const)
      await assert.rejects(client.publish(DENIED, "x", { qos }), refusesTopic);
    assert.equal(client.connected, true);
  }),

  check(
    "a refused subscription rejects, beside one that is granted",
    { needs: ["subscribe acl"] },
    async (t) => {
      const client = await t.connect();
      await assert.rejects(client.subscribe([t.topic(), DENIED], { qos: 1 }), (error) => {
        assert.ok(error instanceof MqttCodeError);
        const [granted, refused] = error.reasonCodes.map((code) => code.value);
        assert.equal(granted, 1);
        assert.ok(refused === 0x80 || refused === 0x87, `the code is ${refused}`);
        return true;
      });
      await client.publish(t.topic(), "allowed", { qos: 1 });
      assert.equal((await takeOne(client)).text(), "allowed");
    },
  ),

  check("a refused filter has its reason code", { versions: ONLY_5, needs: ["subscribe acl"] }, async (t) => {
    const client = await t.connect();
    await assert.rejects(client.subscribe(DENIED), notAuthorized);
  }),
];

/** Not authorized, or a topic name that is valid but not accepted. */
const refusesTopic = (error: unknown) =>
  error instanceof MqttCodeError && [0x87, 0x90].includes(error.reasonCode.value);

const notAuthorized = (error: unknown) => error instanceof MqttCodeError && error.reasonCode.value === 0x87;
