declare module "mnist" {
  /** Images of one digit: `raw` holds `length` images of 28 × 28 pixels in [0, 1]. */
  interface Digit {
    readonly length: number;
    readonly raw: readonly number[];
  }
  const digits: readonly Digit[];
  export default digits;
}
