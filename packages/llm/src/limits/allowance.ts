/** Something of which only so much may be used in some time: requests, or tokens. */
export interface Allowance {
  /** Milliseconds until `amount` may be used; 0 when it may be now. */
  waitMs(amount: number, now: number): number;
  /** Uses it. The returned function says how much it really was, once that is known. */
  charge(amount: number, now: number): (actual: number) => void;
  /** What may be used now. */
  remaining(now: number): number;
}
