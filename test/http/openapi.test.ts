import { Validator } from "@seriousme/openapi-schema-validator";
import { routes } from "../../lib/http/routes/index.js";
import { STATUSES } from "../../lib/http/status.js";
import { anApi } from "./an-api.js";

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, { properties?: Record<string, unknown> }> };
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, { readonly description: string }>;
}

const document = async (): Promise<Document> => (await anApi().send("GET", "/v1/openapi.json")).body;

it("is a valid OpenAPI 3.1 document", async () => {
  const validator = new Validator();
  const result = await validator.validate((await document()) as never);
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(validator.version).toBe("3.1");
});

it("refers to nothing that it does not have", async () => {
  const whole = await document();
  const names = [...JSON.stringify(whole).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => String(to));
  expect(names.length).toBeGreaterThan(20);
  const known = Object.keys(whole.components.schemas).map((name) => `#/components/schemas/${name}`);
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});

it.each(routes.map((route) => [route.id, route] as const))(
  "has %s, with all that it takes",
  async (_, route) => {
    const operation = (await document()).paths[route.path]?.[route.method.toLowerCase()];
    expect(operation?.operationId).toBe(route.id);
    const inPath = operation?.parameters
      .filter((parameter) => parameter.in === "path")
      .map(({ name }) => name);
    expect(inPath).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(operation?.requestBody !== undefined).toBe(route.body !== undefined || route.rawBody === true);
    for (const code of route.errors)
      expect(operation?.responses[STATUSES[code]]?.description.split(", ")).toContain(code);
    expect(operation?.responses).not.toHaveProperty("default");
    for (const status of route.statuses ?? [200]) expect(operation?.responses[status]).toBeDefined();
  },
);

it("names each operation once", () => {
  const ids = routes.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

it("shows what a message is made of", async () => {
  const { paths, components } = await document();
  const publish =
    paths["/v1/topics/{topic}/messages"]?.post?.requestBody?.content["application/json"]?.schema;
  expect(publish).toMatchObject({
    properties: { messages: { items: { $ref: "#/components/schemas/NewMessage" }, maxItems: 1_000 } },
  });
  expect(Object.keys(components.schemas.NewMessage?.properties ?? {})).toEqual(
    expect.arrayContaining(["body", "bodyBase64", "key", "tag", "attributes", "expiresInSeconds"]),
  );
});

it("shows the headers of a raw message", async () => {
  const raw = (await document()).paths["/v1/topics/{topic}/messages/raw"]?.post;
  const headers = raw?.parameters.filter((parameter) => parameter.in === "header").map(({ name }) => name);
  expect(headers).toEqual(expect.arrayContaining(["Sluice-Key", "Sluice-Tag", "Sluice-Expires-In-Seconds"]));
});
