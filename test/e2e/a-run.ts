/**
 * Names this run of jest, so that its test files share one deployment, and the next run makes its own. Whoever names
 * runs in SLUICE_E2E_RUN keeps the deployment for the next one of that name.
 */
// eslint-disable-next-line import-x/no-default-export -- jest asks for one
export default function nameRun(): void {
  process.env.SLUICE_E2E_RUN ??= `run-${process.pid}-${Date.now()}`;
}
