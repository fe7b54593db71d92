/** An object as text for people, with one line for each field. */
export const lines = (value: object, indent = ""): string =>
  Object.entries(value)
    .map(([name, field]) => {
      const isNested = typeof field === "object" && field !== null && !Array.isArray(field);
      return isNested
        ? `${indent}${name}:\n${lines(field as object, `${indent}  `)}`
        : `${indent}${name}: ${shown(field)}`;
    })
    .join("\n");

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
