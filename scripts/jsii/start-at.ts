/** Where a new subscription starts; ignored once it exists. */
export class StartAt {
  /** With what is published from now on. */
  public static latest(): StartAt {
    return new StartAt({ place: "latest" });
  }

  /** With the oldest message that is kept. */
  public static earliest(): StartAt {
    return new StartAt({ place: "earliest" });
  }

  /**
   * With what was published at this time or later. It is not in the future.
   *
   * @param time RFC 3339, such as "2026-01-31T12:00:00Z"
   */
  public static time(time: string): StartAt {
    return new StartAt({ time });
  }

  /**
   * With this message.
   *
   * @param id the message's id
   */
  public static id(id: string): StartAt {
    return new StartAt({ id });
  }

  /** It has what the constructs look for, and nothing else. */
  private constructor(start: object) {
    Object.assign(this, start);
  }
}
