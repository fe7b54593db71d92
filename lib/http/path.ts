/** Every character that RFC 3986 does not allow in a path without an escape. */
const NOT_PLAIN = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/u;

/**
 * Why a path is refused; undefined if it is not. No name needs an escape, and something on the way may read an escape,
 * a double slash or a dot segment as another path: IAM would match one topic and the API would serve another.
 */
export function pathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return 'does not start with "/"';
  const odd = NOT_PLAIN.exec(path)?.[0];
  if (odd !== undefined) return `must not contain ${JSON.stringify(odd)}: no name here needs an escape`;
  if (path.includes("//")) return 'must not contain "//"';
  const hasDots = path.split("/").some((segment) => segment === "." || segment === "..");
  return hasDots ? 'must not contain "." or ".." as a segment' : undefined;
}
