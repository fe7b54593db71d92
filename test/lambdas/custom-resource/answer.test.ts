import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tellCloudFormation } from "../../../lambdas/custom-resource/answer.js";

interface Told {
  readonly method: string | undefined;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

/** Stands in for CloudFormation's pre-signed URL; `refusals` answers with 503 come first. */
async function aResponseUrl(refusals: number) {
  const told: Told[] = [];
  let left = refusals;
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method, headers } = request;
      told.push({ method, contentType: headers["content-type"], body: JSON.parse(body) as unknown });
      response.writeHead(left-- > 0 ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`;
  return { url, told, close: () => new Promise((resolve) => server.close(resolve)) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

const ids = { StackId: "stack", RequestId: "request", LogicalResourceId: "Orders" };

it("puts what became of it, with the content type that the URL is signed for", async () => {
  const { url, told, close } = await aResponseUrl(0);
  await tellCloudFormation({ ...ids, ResponseURL: url }, { kind: "done", physicalId: "/v1/topics/orders" });
  await close();
  expect(told).toEqual([
    {
      method: "PUT",
      contentType: "",
      body: { ...ids, Status: "SUCCESS", PhysicalResourceId: "/v1/topics/orders" },
    },
  ]);
});

it("gives the reason of a failure, no longer than is taken", async () => {
  const { url, told, close } = await aResponseUrl(0);
  const outcome = { kind: "failed", physicalId: "none/1", reason: "x".repeat(9_000) } as const;
  await tellCloudFormation({ ...ids, ResponseURL: url }, outcome);
  await close();
  const { Status, Reason } = told[0]?.body as { Status: string; Reason: string };
  expect([Status, Reason.length]).toEqual(["FAILED", 2_000]);
});

it.each([
  ["of two UTF-16 units", "\u{1f600}", 500],
  ["that JSON writes in six bytes", "\u0001", 333],
  ["quotes", '"', 1_000],
])("cuts a reason by its bytes, between characters: %s", async (_, character, kept) => {
  const { url, told, close } = await aResponseUrl(0);
  const outcome = { kind: "failed", physicalId: "none/1", reason: character.repeat(3_000) } as const;
  await tellCloudFormation({ ...ids, ResponseURL: url }, outcome);
  await close();
  expect((told[0]?.body as { Reason: string }).Reason).toBe(character.repeat(kept));
});

it("GIVEN notes WHEN it is done THEN they are the reason that the stack's events show", async () => {
  const { url, told, close } = await aResponseUrl(0);
  const outcome = { kind: "done", physicalId: "/v1/topics/orders", notes: ["one", "two"] } as const;
  await tellCloudFormation({ ...ids, ResponseURL: url }, outcome);
  await close();
  expect(told[0]?.body).toMatchObject({ Status: "SUCCESS", Reason: "one; two" });
});

it("says it again where it was not heard", async () => {
  const { url, told, close } = await aResponseUrl(1);
  await tellCloudFormation({ ...ids, ResponseURL: url }, { kind: "done", physicalId: "/v1/topics/orders" });
  await close();
  expect(told).toHaveLength(2);
});
