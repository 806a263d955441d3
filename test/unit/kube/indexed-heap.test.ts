// The heap against a sorted array, under random pushes, removals and changes of place.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IndexedHeap } from '../../../src/kube/indexed-heap.ts';

interface Item {
  value: number;
  heapIndex: number;
}

describe('IndexedHeap', () => {
  it('gives items in order after any pushes, removals and updates', () => {
    const operation = fc.tuple(fc.constantFrom('push', 'remove', 'update'), fc.nat(50), fc.integer());
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
        const heap = new IndexedHeap<Item>((a, b) => a.value < b.value);
        const items: Item[] = [];
        for (const [name, pick, value] of operations) {
          const item = items[pick % Math.max(1, items.length)];
          if (name === 'push' || item === undefined) {
            const pushed = { value, heapIndex: -1 };
            items.push(pushed);
            heap.push(pushed);
          } else if (name === 'remove') {
            items.splice(items.indexOf(item), 1);
            heap.remove(item);
            expect(item.heapIndex).toBe(-1);
          } else {
            item.value = value;
            heap.update(item);
          }
        }
        expect(heap.size).toBe(items.length);
        const popped = Array.from({ length: items.length }, () => heap.pop()?.value);
        expect(popped).toEqual(items.map((item) => item.value).toSorted((a, b) => a - b));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });
});
