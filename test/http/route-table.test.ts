import { MethodNotAllowed, RouteNotFound } from "../../lib/http/errors.js";
import { findRoute } from "../../lib/http/route-table.js";
import { routes } from "../../lib/http/routes/index.js";

const LETTERS = "/v1/topics/orders/subscriptions/audit/dead-letters";

const allowed = (method: string, path: string): readonly string[] => {
  try {
    findRoute(routes, method, path);
  } catch (error) {
    if (error instanceof MethodNotAllowed) return error.allowed;
    throw error;
  }
  throw new Error(`${method} ${path} is allowed`);
};

it("GIVEN a path written out WHEN another takes it as a name THEN only its own methods are allowed", () => {
  expect(allowed("OPTIONS", `${LETTERS}/purge`)).toEqual(["POST"]);
  expect(allowed("GET", `${LETTERS}/redrive`)).toEqual(["POST"]);
  expect(allowed("OPTIONS", `${LETTERS}/an-id`)).toEqual(["GET", "HEAD", "DELETE"]);
});

it("GIVEN a path with names WHEN it is asked for THEN the route has what stands in their places", () => {
  const { route, params } = findRoute(routes, "HEAD", `${LETTERS}/an-id`);
  expect([route.method, params]).toEqual(["GET", { topic: "orders", subscription: "audit", id: "an-id" }]);
});

it("GIVEN a path that nothing fits WHEN it is asked for THEN there is no route", () => {
  expect(() => findRoute(routes, "GET", "/v1/nothing")).toThrow(RouteNotFound);
});
