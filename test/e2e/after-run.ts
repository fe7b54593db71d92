import { rm } from "node:fs/promises";

/** Removes what the test files of a run without a given name shared. */
// eslint-disable-next-line import-x/no-default-export -- jest asks for one
export default async function forgetRun(): Promise<void> {
  const run = process.env.SLUICE_E2E_RUN ?? "";
  if (!run.startsWith("run-")) return;
  await Promise.all(["json", "calls"].map((end) => rm(`.sluice/e2e-${run}.${end}`, { force: true })));
}
