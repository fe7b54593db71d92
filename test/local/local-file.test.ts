import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localDeployment, removeLocalFile, writeLocalFile } from "../../local/local-file.js";

const OUTPUTS = {
  QueueApiId0A1B2C3D: "api1",
  QueueLogTable0A1B2C3D: "the-log",
  QueueStateTable0A1B2C3D: "the-state",
  QueueOutboxTable0A1B2C3D: "the-outbox",
  QueueBucketName0A1B2C3D: "the-bucket",
  OrderApiId: "api2",
};

it("GIVEN a stack's outputs WHEN they become .sluice/local.json THEN it has what tools look for, and no more", () => {
  expect(localDeployment("http://127.0.0.1:4566", OUTPUTS, "$default")).toEqual({
    apiUrl: "http://127.0.0.1:4566/_aws/execute-api/api1/$default",
    endpointUrl: "http://127.0.0.1:4566",
    region: "us-east-1",
    tables: { log: "the-log", state: "the-state", outbox: "the-outbox" },
    bucket: "the-bucket",
  });
});

it("GIVEN outputs without a table WHEN they are read THEN the one that is missing is named", () => {
  const { QueueLogTable0A1B2C3D: _, ...others } = OUTPUTS;
  expect(() => localDeployment("http://127.0.0.1:4566", others, "prod")).toThrow(/no output LogTable/);
});

describe("when a deployment ends", () => {
  const deployment = (port: number) => localDeployment(`http://127.0.0.1:${port}`, OUTPUTS, "$default");
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-local-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("GIVEN its file WHEN it is removed THEN nothing is left behind", async () => {
    await writeLocalFile(deployment(1), folder);
    await removeLocalFile(deployment(1), folder);
    expect(await readdir(folder)).toEqual([]);
    await removeLocalFile(deployment(1), folder);
  });

  it("GIVEN the file of another one WHEN it is to be removed THEN it stays", async () => {
    const file = await writeLocalFile(deployment(2), folder);
    await removeLocalFile(deployment(1), folder);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(deployment(2));
  });
});
