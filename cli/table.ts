const WIDTH_AT_MOST = 80;

/** Columns under each other, so that people and `awk` can read them; the last one may be long. Of no rows: nothing. */
export function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const all = [headings, ...rows];
  const widths = headings.map((_, column) =>
    Math.min(WIDTH_AT_MOST, Math.max(...all.map((row) => row[column]?.length ?? 0))),
  );
  return all
    .map((row) =>
      row
        .map((field, column) => (column === headings.length - 1 ? field : field.padEnd(widths[column] ?? 0)))
        .join("  "),
    )
    .join("\n");
}
