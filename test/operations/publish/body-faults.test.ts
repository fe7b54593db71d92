import { InvalidRequest } from "../../../lib/domain/errors.js";
import { bodyFaults, tellRefused } from "../../../lib/operations/publish/body-faults.js";
import { aDeployment, aText } from "../a-deployment.js";

const NUMBERED = JSON.stringify({ type: "object", required: ["number"] });
const anObject = (body: string) => aText(body, { contentType: "application/json" });

it("GIVEN a topic without a schema WHEN bodies are looked at THEN none has a fault", async () => {
  expect(await bodyFaults(aDeployment().process(), {}, [aText("x")])).toEqual([undefined]);
});

it("GIVEN a schema WHEN bodies are looked at THEN each has its own faults, below `body`", async () => {
  const contents = [anObject('{"number":1}'), anObject("{}"), anObject("[]"), anObject('{"number":2}')];
  const faults = await bodyFaults(aDeployment().process(), { schema: NUMBERED }, contents);
  expect(faults.map((fault) => fault?.errors)).toEqual([
    undefined,
    [{ path: "body.number", detail: "is required" }],
    [{ path: "body", detail: "must be object" }],
    undefined,
  ]);
});

it("GIVEN a schema WHEN a body is no JSON THEN that is the fault", async () => {
  const bytes = { body: new Uint8Array([1]), contentType: "application/json" };
  const faults = await bodyFaults(aDeployment().process(), { schema: NUMBERED }, [aText("{}"), bytes]);
  const detail = "must be JSON, since the topic has a schema";
  expect(faults.map((fault) => fault?.errors)).toEqual([
    [{ path: "body", detail }],
    [{ path: "body", detail }],
  ]);
});

it("GIVEN many publishes WHEN they are checked THEN the schema is compiled once", async () => {
  let compiled = 0;
  const engine = aDeployment().process(({ schemas }) => ({
    schemas: { compile: (text) => ((compiled += 1), schemas.compile(text)) },
  }));
  for (let times = 0; times < 5; times++) await bodyFaults(engine, { schema: NUMBERED }, [anObject("{}")]);
  expect(compiled).toBe(1);
});

it("GIVEN a schema that this release does not take WHEN a body is looked at THEN it does not pass", async () => {
  const engine = aDeployment().process(() => ({
    schemas: { compile: () => Promise.reject(new InvalidRequest([{ path: "", detail: "is too new" }])) },
  }));
  const [fault] = await bodyFaults(engine, { schema: NUMBERED }, [anObject('{"number":1}')]);
  expect(fault?.message).toContain("this release does not take the topic's schema");
});

it("GIVEN no time for some bodies WHEN they are looked at THEN they may be sent again", async () => {
  const { process, telemetry } = aDeployment();
  const engine = process(() => ({
    schemas: { compile: () => Promise.resolve(() => [[], undefined]) },
  }));
  const faults = await bodyFaults(engine, { schema: NUMBERED }, [anObject("{}"), anObject("{}")]);
  expect(faults).toMatchObject([undefined, { code: "throttled", retryAfterMs: 1_000 }]);
  tellRefused(engine, { name: "orders", uid: "u" }, faults);
  expect(telemetry.events).toEqual([]);
});
