import { describe, expect, it } from "@jest/globals";
import { Semaphore } from "../concurrency/semaphore.js";
import { LeafSlot } from "./leaf-slot.js";

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe("a leaf's place among concurrent calls", () => {
  it("is free during a pause and taken again after it", async () => {
    const leaves = new Semaphore(1);
    const slot = new LeafSlot(leaves, undefined);
    await slot.enter();
    expect(leaves.tryAcquire()).toBeUndefined();
    await slot.pause(async () => leaves.tryAcquire()?.());
    expect(leaves.tryAcquire()).toBeUndefined();
    slot.close();
    expect(leaves.tryAcquire()).toBeDefined();
  });

  it("is free for a pause that begins while the leaf waits for its place", async () => {
    const leaves = new Semaphore(1);
    const slot = new LeafSlot(leaves, undefined);
    await slot.enter();
    const first = gate();
    const before = slot.pause(() => first.opened);
    const other = leaves.tryAcquire();
    first.open();
    await new Promise(setImmediate); // now it waits for the place of the other
    const second = gate();
    const later = slot.pause(() => second.opened);
    other?.();
    await before;
    const free = leaves.tryAcquire();
    expect(free).toBeDefined();
    free?.();
    second.open();
    await later;
    expect(leaves.tryAcquire()).toBeUndefined();
  });

  it("is given back when it comes after the leaf's end", async () => {
    const leaves = new Semaphore(1);
    const slot = new LeafSlot(leaves, undefined);
    const other = leaves.tryAcquire();
    const entering = slot.enter();
    slot.close();
    other?.();
    await entering;
    expect(leaves.tryAcquire()).toBeDefined();
  });
});
