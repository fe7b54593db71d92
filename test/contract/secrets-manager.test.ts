import { CreateSecretCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { secretsClient } from "../../lib/adapters/secrets-manager/client.js";
import { readSecret } from "../../lib/adapters/secrets-manager/read-secret.js";
import { systemClock } from "../../lib/adapters/system/clock.js";
import { TEST_CREDENTIALS, TEST_REGION, endpointIn } from "../adapters/endpoint.js";
import { unique } from "./builders.js";

const PATIENCE_MS = 30_000;
jest.setTimeout(PATIENCE_MS);
const DAY_MS = 86_400_000;

describe("Secrets Manager", () => {
  const endpoint = endpointIn(["SLUICE_TEST_S3", "AWS_ENDPOINT_URL"], "Secrets Manager emulator");
  const client = secretsClient({ endpoint, region: TEST_REGION, credentials: TEST_CREDENTIALS });
  afterAll(() => client.destroy());

  const aSecret = async (SecretString: string): Promise<string> => {
    const { ARN } = await client.send(new CreateSecretCommand({ Name: unique("secret"), SecretString }));
    return ARN ?? "";
  };
  const inADay = { nowMs: () => systemClock.nowMs() + DAY_MS + PATIENCE_MS };

  it("GIVEN a secret WHEN it is read THEN it signs, a Standard Webhooks secret or the bytes of a text", async () => {
    expect(await readSecret(client, systemClock, await aSecret("whsec_AAECAwQ="))).toEqual({
      signing: "whsec_AAECAwQ=",
    });
    expect(await readSecret(client, systemClock, await aSecret("hunter22!"))).toEqual({
      signing: `whsec_${Buffer.from("hunter22!").toString("base64")}`,
    });
  });

  it("GIVEN a secret WHEN it was rotated THEN the one before signs for a day", async () => {
    const SecretId = await aSecret("whsec_AAAA");
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: "whsec_BBBB" }));
    expect(await readSecret(client, systemClock, SecretId)).toEqual({
      signing: "whsec_BBBB",
      previous: { signing: "whsec_AAAA", untilMs: expect.any(Number) },
    });
    expect(await readSecret(client, inADay, SecretId)).toEqual({ signing: "whsec_BBBB" });
  });

  it("GIVEN a secret that is not there WHEN it is read THEN the error says so", async () => {
    const arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:nobody-AAAAAA";
    await expect(readSecret(client, systemClock, arn)).rejects.toThrow("cannot be read");
  });
});
