// NestJS microservices: a server and a client with requests, events and MQTT 5 properties.

import "reflect-metadata";
import assert from "node:assert/strict";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  MqttRecordBuilder,
  RpcException,
  Transport,
} from "@nestjs/microservices";
import { firstValueFrom, Observable } from "rxjs";
import { inTime, killBroker, passed, restartBroker, until, url, Witness } from "./common.mjs";

const events = [];

class Handlers {
  sum(numbers) {
    return numbers.reduce((sum, number) => sum + number, 0);
  }
  fail() {
    throw new RpcException("refused");
  }
  many(count) {
    return new Observable((observer) => {
      for (let i = 0; i < count; i++) observer.next(i);
      observer.complete();
    });
  }
  happened(data) {
    events.push(data);
  }
}

const decorate = (decorator, name) =>
  decorator(Handlers.prototype, name, Object.getOwnPropertyDescriptor(Handlers.prototype, name));
decorate(MessagePattern("sum"), "sum");
decorate(MessagePattern("fail"), "fail");
decorate(MessagePattern("many"), "many");
decorate(EventPattern("events/+"), "happened");
Controller()(Handlers);
class Application {}
Module({ controllers: [Handlers] })(Application);

for (const protocolVersion of [4, 5]) {
  const witness = await Witness.start();
  const options = { url, protocolVersion, reconnectPeriod: 200, subscribeOptions: { qos: 1 } };
  const server = await NestFactory.createMicroservice(Application, {
    transport: Transport.MQTT,
    options: { ...options },
    logger: false,
  });
  await inTime("listening", server.listen());
  const client = ClientProxyFactory.create({ transport: Transport.MQTT, options: { ...options } });
  await inTime("connecting", client.connect());
  const states = { client: [], server: [] };
  client.status.subscribe((state) => states.client.push(state));
  server.status.subscribe((state) => states.server.push(state));

  const request = (pattern, data) => inTime(pattern, firstValueFrom(client.send(pattern, data)));
  const exercise = async () => {
    assert.equal(await request("sum", [1, 2, 3]), 6);
    const sums = await Promise.all(Array.from({ length: 100 }, (_, i) => request("sum", [i, i])));
    assert.deepEqual(
      sums,
      Array.from({ length: 100 }, (_, i) => 2 * i),
    );
    await assert.rejects(request("fail", {}), (error) => /refused/.test(error.message ?? error));
    const received = [];
    await inTime(
      "many",
      client.send("many", 5).forEach((value) => void received.push(value)),
    );
    assert.deepEqual(received, [0, 1, 2, 3, 4]);
    events.length = 0;
    await firstValueFrom(client.emit("events/one", { at: 1 }), { defaultValue: undefined });
    await until("the event arrived", () => events.length > 0);
    assert.deepEqual(events, [{ at: 1 }]);
  };

  await exercise();
  const record = new MqttRecordBuilder([4, 5])
    .setQoS(1)
    .setProperties(protocolVersion === 5 ? { userProperties: { "x-version": "1.0.0" } } : {})
    .build();
  witness.messages.length = 0;
  assert.equal(await request("sum", record), 9);
  const seen = await witness.saw("the request", ({ topic }) => topic === "sum");
  if (protocolVersion === 5)
    assert.deepEqual({ ...seen.properties.userProperties }, { "x-version": "1.0.0" });

  states.client.length = 0;
  states.server.length = 0;
  await killBroker();
  await until("both are without a connection", () =>
    Object.values(states).every((list) => list.includes("closed") || list.includes("reconnecting")),
  );
  await restartBroker();
  await until("both are connected again", () =>
    Object.values(states).every((list) => list.at(-1) === "connected"),
  );
  // The server's subscriptions are sent behind its CONNECT, and may take a moment.
  await until("a request is answered", async () => {
    const answered = firstValueFrom(client.send("sum", [1])).then(() => true);
    return Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 500, false))]);
  });
  await exercise();
  assert(states.client.includes("reconnecting"));

  await inTime("closing the client", client.close());
  await inTime("closing the server", server.close());
  await witness.end();
}
passed();
