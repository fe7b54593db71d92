import { handlerFor } from "../../lambdas/api.js";
import type { GatewayEvent } from "../../lambdas/api/gateway.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { anEngine } from "./an-engine.js";

const PATH = "/v1/topics/orders/messages";
const BODY = JSON.stringify({ messages: [{ body: { orderId: 7 } }] });
const headers = { "content-type": "application/json" };

const ofHttpApi = (body: string, isBase64Encoded: boolean) =>
  ({
    version: "2.0",
    routeKey: "ANY /{proxy+}",
    rawPath: PATH,
    rawQueryString: "",
    headers,
    requestContext: { http: { method: "POST", path: PATH }, domainName: "api", stage: "$default" },
    body,
    isBase64Encoded,
  }) as GatewayEvent;

const ofRestApi = (body: string, isBase64Encoded: boolean) =>
  ({
    version: "1.0",
    httpMethod: "POST",
    path: PATH,
    resource: "/{proxy+}",
    headers,
    multiValueHeaders: { "content-type": ["application/json"] },
    queryStringParameters: null,
    requestContext: { domainName: "api", stage: "prod" },
    body,
    isBase64Encoded,
  }) as GatewayEvent;

it.each([
  ["an HTTP API", ofHttpApi(BODY, false)],
  ["a REST API", ofRestApi(BODY, false)],
  ["a REST API that takes every body for binary", ofRestApi(Buffer.from(BODY).toString("base64"), true)],
])("answers a request of %s, and logs one line of it", async (_, event) => {
  const { engine, telemetry } = anEngine();
  await putTopic(engine, "orders", {});
  const answer = await handlerFor(engine)(event);
  expect(answer.statusCode).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({ messages: [{ id: expect.any(String) as string }] });
  const fields = {
    ...{ method: "POST", path: PATH, status: 200 },
    requestId: answer.headers["Sluice-Request-Id"],
  };
  expect(fields.requestId).toMatch(/./);
  expect(telemetry.events).toEqual([
    { name: "request", level: "info", fields: expect.objectContaining(fields) as object },
  ]);
});
