import { MethodNotAllowed, RouteNotFound } from "./errors.js";
import type { Route } from "./route.js";

export interface Found {
  readonly route: Route;
  /** The path's segments in place of the route's `{name}`. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Finds the route of a request. A path that is written out comes before one with `{name}` in its place, as OpenAPI has
 * it. HEAD is served as GET.
 * @throws {RouteNotFound}
 * @throws {MethodNotAllowed} with the methods that this path takes
 */
export function findRoute(routes: readonly Route[], method: string, path: string): Found {
  const found = fittingPath(routes, path);
  if (found.length === 0) throw new RouteNotFound(method, path);
  const match = forMethod(found, method);
  if (!match)
    throw new MethodNotAllowed(
      method,
      found.flatMap(({ route }) => methodsOf(route)),
    );
  return match;
}

/** As `findRoute`, of a part of the table: undefined where the rest has to be looked at. */
export const findRouteAmong = (some: readonly Route[], method: string, path: string): Found | undefined =>
  forMethod(fittingPath(some, path), method);

function fittingPath(routes: readonly Route[], path: string): readonly Found[] {
  const segments = path.split("/");
  const fitting = routes.flatMap((route) => {
    const params = paramsOf(route.path.split("/"), segments);
    return params ? [{ route, params }] : [];
  });
  const fewest = Math.min(...fitting.map(nameCount));
  return fitting.filter((one) => nameCount(one) === fewest);
}

function forMethod(found: readonly Found[], method: string): Found | undefined {
  const wanted = method === "HEAD" ? "GET" : method;
  return found.find(({ route }) => route.method === wanted);
}

const nameCount = ({ params }: Found): number => Object.keys(params).length;

const methodsOf = ({ method }: Route): readonly string[] => (method === "GET" ? ["GET", "HEAD"] : [method]);

function paramsOf(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined ? part !== segment : segment === "") return undefined;
    if (name !== undefined) params[name] = segment;
  }
  return params;
}
