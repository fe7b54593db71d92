/** How well a body fits: 0: no schema here takes it; 1: the loose one does; 2: both do. */
export type Fit = 0 | 1 | 2;

const schemaFrom = (least: Fit): string =>
  JSON.stringify({
    type: "object",
    required: ["label", "fits"],
    properties: { label: { type: "string", pattern: "^[a-z]" }, fits: { type: "integer", minimum: least } },
  });

export const STRICT = schemaFrom(2);
export const LOOSE = schemaFrom(1);

/** Always the same for a label, whoever sends it again. */
export function fitOf(label: string): Fit {
  const number = Number(label.split("-")[1]);
  if (number % 5 === 4) return 0;
  return number % 5 === 3 ? 1 : 2;
}

export const bodyOf = (label: string, padding: string): string =>
  JSON.stringify({ label, fits: fitOf(label), padding });
