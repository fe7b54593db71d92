import ts from "typescript";

/** A file and the text in it, by its path. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Files that import each other in a circle, one circle for each group of them. An import of types counts: lint's own
 * rule passes over those, but whoever reads one of the files has to read the others.
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

/** Those of our own files that a file imports, types included. */
function importsOf(path: string, sources: Sources): readonly string[] {
  const { importedFiles } = ts.preProcessFile(sources.get(path) ?? "", true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => new URL(fileName.replace(/\.js$/, ".ts"), `file:///${path}`).pathname.slice(1))
    .filter((imported) => sources.has(imported));
}
