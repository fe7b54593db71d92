import { localDeployment } from "../../local/local-file.js";

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
