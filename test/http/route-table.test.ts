import { MethodNotAllowed, RouteNotFound } from "../../lib/http/errors.js";
import { findRoute, findRouteAmong } from "../../lib/http/route-table.js";
import { dataPlaneRoutes } from "../../lib/http/routes/data-plane.js";
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

it("GIVEN the data plane alone WHEN any request is looked up THEN it finds what the whole table has or nothing", () => {
  const named = routes.map(({ method, path }) => [method, path.replaceAll(/[{}]/g, "")] as const);
  const found = named.map(([method, path]) => findRouteAmong(dataPlaneRoutes, method, path)?.route);
  const known = named.map(([method, path]) => findRoute(routes, method, path).route);
  expect(found).toEqual(known.map((route) => (dataPlaneRoutes.includes(route) ? route : undefined)));
});
