import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { endpointIn } from "../../adapters/endpoint.js";
import { type Judged, type Permission, judge } from "../../cdk/policies/evaluate.js";
import { deployedRoles } from "./deployed-roles.js";
import { NEVER_CALLED, SOMETIMES_CALLED } from "./not-called.js";
import type { RecordedCall } from "./recorder.js";
import { recordOf } from "./recording.js";

/** What the end-to-end tests of this run had the functions call: docs/decisions/0060-least-privilege-is-recorded.md. */
const FILE = recordOf(process.env.SLUICE_E2E_RUN ?? "");

/** A queue's own function by its logical id: which of the seven it is. */
const OWN = /Functions(Api|Receive|Dispatcher|Pump|Clock|Relay|Provision)Function/;

const PARTS: readonly (readonly [RegExp, string])[] = [
  [/:log-group:/, "log"],
  [/\/stream\//, "stream"],
  [/StorageLog/, "slots"],
  [/StorageState/, "state"],
  [/StorageOutbox/, "outbox"],
  [/:sqs:/, "failures"],
  [/\/segments\/\*$/, "segments"],
  [/:s3:::/, "bucket"],
  [/-Functions-\w+-Pump:live$/, "pump"],
  [/-Functions-\w+-Clock:live$/, "clock"],
  [/:function:/, "subscriber"],
];
const partOf = (resource: string): string => PARTS.find(([like]) => like.test(resource))?.[1] ?? resource;

const nameOf = ({ role, action, resource }: Permission): string =>
  `${OWN.exec(role)?.[1] ?? role} ${action} ${partOf(resource)}`;

const allOf = (lists: typeof NEVER_CALLED): readonly string[] =>
  lists.flatMap(({ permissions }) => permissions);

/** Skipped, and shown as such, where functions run in containers: they have no file to write to. */
const describeRecorded = existsSync(FILE) ? describe : describe.skip;

describeRecorded("least privilege", () => {
  let calls: readonly RecordedCall[];
  let judged: readonly Judged[];
  beforeAll(async () => {
    const lines = (await readFile(FILE, "utf8")).trim().split("\n");
    calls = [...new Set(lines)].map((line) => JSON.parse(line) as RecordedCall);
    const roles = await deployedRoles(endpointIn(["SLUICE_E2E_ENDPOINT"], "AWS endpoint"), "SluiceE2e");
    const own = roles.filter(({ id }) => OWN.test(id));
    judged = await Promise.all(
      own.map((role) =>
        judge(
          role,
          calls.filter(({ functionName }) => functionName === role.functionName),
        ),
      ),
    );
    const known = new Set(own.map(({ functionName }) => functionName));
    expect(calls.filter(({ functionName }) => !known.has(functionName))).toEqual([]);
  });

  const permissions = (): readonly Permission[] => judged.flatMap((one) => one.permissions);
  const namesOf = (some: readonly Permission[]): ReadonlySet<string> => new Set(some.map(nameOf));

  it("GIVEN every call that the functions made WHEN their policies are asked THEN each is allowed", () => {
    expect(judged.flatMap(({ refused }) => refused)).toEqual([]);
    expect(calls.length).toBeGreaterThan(50);
  });

  it("GIVEN what the policies allow WHEN all tests are over THEN each part was used, or is argued for", () => {
    const used = namesOf(permissions().filter(({ isUsed }) => isUsed));
    const unused = [...namesOf(permissions())].filter((name) => !used.has(name));
    const argued = [...allOf(NEVER_CALLED), ...allOf(SOMETIMES_CALLED)];
    expect(unused.filter((name) => !argued.includes(name)).sort()).toEqual([]);
    expect(allOf(NEVER_CALLED).filter((name) => used.has(name))).toEqual([]);
  });

  it("GIVEN what is argued for WHEN the policies are read THEN they have it", () => {
    const all = namesOf(permissions());
    const functions = new Set([...all].map((name) => name.split(" ")[0]));
    const argued = [...allOf(NEVER_CALLED), ...allOf(SOMETIMES_CALLED)];
    // A REST API has one function for all requests.
    const here = argued.filter((name) => functions.has(name.split(" ")[0]));
    expect(here.filter((name) => !all.has(name))).toEqual([]);
  });
});
