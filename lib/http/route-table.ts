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
  const segments = path.split("/");
  const fitting = routes.flatMap((route) => {
    const params = paramsOf(route.path.split("/"), segments);
    return params ? [{ route, params }] : [];
  });
  if (fitting.length === 0) throw new RouteNotFound(method, path);
  const fewest = Math.min(...fitting.map(nameCount));
  const found = fitting.filter((one) => nameCount(one) === fewest);
  const wanted = method === "HEAD" ? "GET" : method;
  const match = found.find(({ route }) => route.method === wanted);
  if (!match)
    throw new MethodNotAllowed(
      method,
      found.flatMap(({ route }) => methodsOf(route)),
    );
  return match;
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
