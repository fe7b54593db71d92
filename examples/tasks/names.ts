export const TOPIC = "tasks";
export const SUBSCRIPTION = "workers";
/** So long a task stays with a worker that was killed. One that lives extends its leases. */
export const LEASE_SECONDS = 5;
