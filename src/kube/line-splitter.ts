// Cuts a byte stream into lines. Works on bytes until a line is complete, so a character that is split over two chunks
// stays whole and a long line costs no repeated copying. What follows the last newline is never handed out: it's cut off.

const NEWLINE = 0x0a;
/** An object is at most 1.5 MiB in etcd; its JSON with escapes stays far below this. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

export class LineSplitter {
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  /** The lines that `chunk` completes, without their newline; empty lines are left out. Throws at 16 MiB without a newline. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      if (this.#bytes > 0) lines.push(this.#take());
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    if (this.#bytes > MAX_LINE_BYTES) throw new Error(`a line of more than ${MAX_LINE_BYTES} bytes`);
    return lines;
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  #take(): string {
    const [only] = this.#parts;
    const line = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    this.#parts.length = 0;
    this.#bytes = 0;
    return line.toString('utf8');
  }
}
