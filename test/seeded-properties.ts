import fc from "fast-check";

/** A run is the same as the last one. `SEED=n npx jest ...` looks elsewhere. */
const SEED = 20_261_123;

fc.configureGlobal({ seed: Number(process.env.SEED ?? SEED) });
