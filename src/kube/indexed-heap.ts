// A binary heap whose items know their place in it, so that one can be moved or taken out in O(log n) without leaving
// dead entries behind.

export interface HeapItem {
  /** Kept by the heap; -1 outside of it. */
  heapIndex: number;
}

export class IndexedHeap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  /** `before(a, b)`: a comes out earlier than b. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    item.heapIndex = this.#items.length;
    this.#items.push(item);
    this.#up(item);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes the item out; it must be in this heap. */
  remove(item: T): void {
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#place(last, item.heapIndex);
      this.update(last);
    }
    item.heapIndex = -1;
  }

  /** Call when what `before` looks at has changed. */
  update(item: T): void {
    this.#up(item);
    this.#down(item);
  }

  #place(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }

  #up(item: T): void {
    while (item.heapIndex > 0) {
      const parentIndex = (item.heapIndex - 1) >> 1;
      const parent = this.#items[parentIndex];
      if (parent === undefined || !this.#before(item, parent)) return;
      this.#place(parent, item.heapIndex);
      this.#place(item, parentIndex);
    }
  }

  #down(item: T): void {
    for (;;) {
      const left = 2 * item.heapIndex + 1;
      const leftChild = this.#items[left];
      const rightChild = this.#items[left + 1];
      if (leftChild === undefined) return;
      const child = rightChild !== undefined && this.#before(rightChild, leftChild) ? rightChild : leftChild;
      if (!this.#before(child, item)) return;
      const childIndex = child.heapIndex;
      this.#place(child, item.heapIndex);
      this.#place(item, childIndex);
    }
  }
}
