/** Why a pump stopped handing out. */
export type Ended = "caught-up" | "out-of-time" | "lane-lost" | "settings-changed";
