/** Why the keeper of a pump's lane has the pump stop. */
export type LaneEnd =
  /** Another pump may have the lane by now. This one ends. */
  | "lane-lost"
  /** The topic or the subscription was changed, paused or deleted. The pump looks it up and goes on, if it may. */
  | "settings-changed";

/** Why a pump stops handing out. What it then does is in pump.ts. */
export type PumpEnd =
  | LaneEnd
  /** Everything is delivered and written. The pump looks once more for work after it has released the lane. */
  | "caught-up"
  /** Its time is nearly over. It starts a successor. */
  | "out-of-time"
  /** The target takes nothing. */
  | "asleep"
  /** The target took a probe: the pump goes on with all that there is. */
  | "probed";
