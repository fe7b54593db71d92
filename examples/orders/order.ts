export interface Order {
  readonly orderId: string;
  readonly customer: string;
  /** 1 for a customer's first order. */
  readonly number: number;
  readonly product: string;
  readonly units: number;
}

/** What its customer hears. */
export type Answer =
  | {
      readonly orderId: string;
      readonly outcome: "placed";
      readonly messageId: string;
      readonly isKnown: boolean;
    }
  | { readonly orderId: string; readonly outcome: "sold-out" };

/** Where the service's process is killed while it works on a request. `order` counts within the request. */
export type Death =
  | { readonly at: "before-write" | "after-write"; readonly order: number }
  | { readonly at: "any-moment"; readonly afterMs: number };

export interface PlaceRequest {
  readonly orders: readonly Order[];
  readonly dies?: Death;
}
