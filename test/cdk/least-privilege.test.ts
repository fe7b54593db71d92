import { type AwsCall, type SentRequest, callsOf } from "../e2e/calls/aws-call.js";
import { aSluice } from "./a-sluice.js";
import { type Permission, evaluate, judge } from "./policies/evaluate.js";
import { type FunctionRole, functionRoles, listOf } from "./policies/roles.js";
import type { TemplateJson } from "./policies/resolve.js";

/** The e2e tests' calls are held against the policies in test/e2e/calls: here is what does that. */
const roles = functionRoles(aSluice().template().toJSON() as TemplateJson);
const roleOf = (name: string): FunctionRole => {
  const found = roles.find(({ id }) => id.includes(`Functions${name}Function`));
  if (!found) throw new Error(`no function ${name}`);
  return found;
};

/** A call that needs just this permission. */
const callFor = ({ action, resource }: Pick<Permission, "action" | "resource">): AwsCall => ({
  action,
  resource: resource.replace(/(?<=\/)\*$/, "any"),
});
const permissionsOf = async (role: FunctionRole) => (await judge(role, [])).permissions;

const without = (role: FunctionRole, { action, resource }: Permission): FunctionRole => ({
  ...role,
  statements: role.statements.flatMap((statement) => {
    if (!listOf(statement.Action).includes(action) || !listOf(statement.Resource).includes(resource))
      return [statement];
    const Action = listOf(statement.Action).filter((one) => one !== action);
    return Action.length > 0 ? [{ ...statement, Action }] : [];
  }),
});

describe("holding calls against a role", () => {
  it.each(["Api", "Receive", "Dispatcher", "Pump", "Clock", "Relay", "Provision"])(
    "GIVEN all that %s may do WHEN any one permission is taken away THEN the call that needs it is refused",
    async (name) => {
      const role = roleOf(name);
      const all = (await permissionsOf(role)).filter(({ action }) => !action.startsWith("logs:"));
      expect(all.length).toBeGreaterThan(5);
      for (const permission of all) {
        const call = callFor(permission);
        expect((await judge(role, [call])).refused).toEqual([]);
        expect((await judge(without(role, permission), [call])).refused).toEqual([
          { ...call, role: role.id },
        ]);
      }
    },
  );

  it("GIVEN one call WHEN it is judged THEN only the permission that it needs counts as used", async () => {
    const role = roleOf("Relay");
    const [one] = (await permissionsOf(role)).filter(({ action }) => action === "s3:PutObject");
    if (!one) throw new Error("the relay stores large messages");
    const { permissions } = await judge(role, [callFor(one)]);
    expect(permissions.filter(({ isUsed }) => isUsed)).toEqual([{ ...one, isUsed: true }]);
  });

  it("GIVEN another queue's table WHEN it is called THEN it is refused", async () => {
    const call = {
      action: "dynamodb:Query",
      resource: "arn:aws:dynamodb:us-east-1:000000000000:table/Other",
    };
    for (const role of roles) expect((await judge(role, [call])).refused).toHaveLength(1);
  });

  it("GIVEN what is no action WHEN it is asked for THEN it throws instead of passing", async () => {
    const call = { action: "dynamodb:Guess", resource: "*" };
    await expect(evaluate("arn:aws:iam::000000000000:role/r", [], call)).rejects.toThrow("dynamodb:Guess");
  });
});

describe("what a request asks of IAM", () => {
  const asked = (service: string, request: Partial<SentRequest>): readonly string[] => {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/${service}/aws4_request, Signature=x`;
    const target = request.headers ?? {};
    const sent = { method: "POST", path: "/", body: "", status: 200, ...request };
    return callsOf({ ...sent, headers: { authorization, ...target } }).map(
      ({ action, resource }) => `${action} ${resource}`,
    );
  };
  const table = (operation: string, body: unknown) =>
    asked("dynamodb", {
      headers: { "x-amz-target": `DynamoDB_20120810.${operation}` },
      body: JSON.stringify(body),
    });
  const T = "arn:aws:dynamodb:eu-west-1:000000000000:table/t";

  it("GIVEN calls of DynamoDB THEN it is the action on each table, in a transaction on each part", () => {
    expect(table("Query", { TableName: "t" })).toEqual([`dynamodb:Query ${T}`]);
    expect(table("BatchWriteItem", { RequestItems: { t: [] } })).toEqual([`dynamodb:BatchWriteItem ${T}`]);
    const parts = [{ Put: { TableName: "t" } }, { ConditionCheck: { TableName: "t" } }];
    expect(table("TransactWriteItems", { TransactItems: parts })).toEqual([
      `dynamodb:PutItem ${T}`,
      `dynamodb:ConditionCheckItem ${T}`,
    ]);
  });

  it("GIVEN an object that is missing THEN the bucket is asked for as well", () => {
    const get = { method: "GET", path: "/b/segments/3d/x?x-id=GetObject" };
    expect(asked("s3", get)).toEqual(["s3:GetObject arn:aws:s3:::b/segments/3d/x"]);
    expect(asked("s3", { ...get, status: 404 })).toEqual([
      "s3:GetObject arn:aws:s3:::b/segments/3d/x",
      "s3:ListBucket arn:aws:s3:::b",
    ]);
  });

  it("GIVEN a function's name or its ARN THEN it is the function", () => {
    const arn = "arn:aws:lambda:eu-west-1:000000000000:function:f";
    for (const name of ["f", encodeURIComponent(arn)]) {
      const path = `/2015-03-31/functions/${name}/invocations`;
      expect(asked("lambda", { path })).toEqual([`lambda:InvokeFunction ${arn}`]);
    }
  });

  it("GIVEN a secret THEN it is the action on it", () => {
    const headers = { "x-amz-target": "secretsmanager.GetSecretValue" };
    expect(asked("secretsmanager", { headers, body: '{"SecretId":"s"}' })).toEqual([
      "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:000000000000:secret:s",
    ]);
  });

  it("GIVEN what no role signed THEN IAM is not asked", () => {
    const plain = { method: "PUT", path: "/answer?X-Amz-Signature=x", headers: {}, body: "{}", status: 200 };
    expect(callsOf(plain)).toEqual([]);
  });
});
