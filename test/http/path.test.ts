import fc from "fast-check";
import { pathProblem } from "../../lib/http/path.js";
import { routes } from "../../lib/http/routes/index.js";
import { UNCLEAN_PATHS, UNCLEAN_TEXTS } from "./paths.js";

it.each([...UNCLEAN_PATHS, ...UNCLEAN_TEXTS])("refuses %j", (path) => {
  expect(pathProblem(path)).toEqual(expect.any(String));
});

it("takes the path of every route", () => {
  const paths = routes.map(({ path }) => path.replaceAll(/\{\w+\}/g, "a-Z_09"));
  expect(paths.filter((path) => pathProblem(path) !== undefined)).toEqual([]);
});

it("takes a path only if a URL leaves it as it is", () => {
  const pieces = [
    ...["a", "..", ".", "/", "\\", "%2e", "%2F", "#", "?", ";", ":", "@", "\t", "é", "v1"],
    ...'{}|^`"<> ',
  ];
  const aPath = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => `/${parts.join("")}`);
  fc.assert(
    fc.property(fc.oneof(aPath, fc.string({ unit: "binary" })), (path) => {
      fc.pre(pathProblem(path) === undefined);
      expect(new URL(`http://api${path}`).pathname).toBe(path);
      expect(decodeURIComponent(path)).toBe(path);
    }),
    { numRuns: 2_000 },
  );
});
