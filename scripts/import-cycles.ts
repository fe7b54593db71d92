import ts from "typescript";

/** The text of each file, by path. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Finds files that import each other in a circle. Type imports count, although lint's own rule ignores them: to read
 * one of the files you have to read the others.
 */
export function importCycles(sources: Sources): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    for (const imported of importsOf(path, sources)) visit(imported, [...trail, path]);
    done.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  return cycles;
}

/** The project's own files that a file imports, type imports included. */
function importsOf(path: string, sources: Sources): readonly string[] {
  const { importedFiles } = ts.preProcessFile(sources.get(path) ?? "", true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => new URL(fileName.replace(/\.js$/, ".ts"), `file:///${path}`).pathname.slice(1))
    .filter((imported) => sources.has(imported));
}
