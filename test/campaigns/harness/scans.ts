// Scans for orphans as they pass the proxy of a vCenter. A scan reads all virtual machines, asks the API server for the objects
// of those that nothing known here stands for, and then looks once more at those that have none: what it found, it found until
// that look at least.
import type { SoapCall } from './vcenter-proxy.ts';

export interface Scan {
  /** When it began to read all virtual machines, epoch milliseconds. */
  readonly from: number;
  /** When that was answered. */
  to: number;
  /** When it looked once more at each machine that it found to be an orphan, by MoRef value. */
  readonly foundAt: Map<string, number>;
}

/** What a scan reads of all virtual machines; other looks at them want to know more than whose they are. */
const OF_ALL = /^(?:name|parent|config\.instanceUuid|config\.extraConfig.*linkedclone\.dev\/owner.*)$/;
/** What it reads of those that it found. */
const OF_FOUND = /^config\.(?:instanceUuid|extraConfig.*linkedclone\.dev\/owner.*)$/;

function reads(body: string, count: number, what: RegExp): boolean {
  const paths = [...body.matchAll(/<pathSet>([^<]*)<\/pathSet>/g)].map(([, path = '']) => path);
  return paths.length === count && paths.every((path) => what.test(path));
}

export class Scans {
  readonly all: Scan[] = [];
  #lastId: string | undefined;

  /** A read has come. What is given back is to be called once it is answered. */
  read({ method, operationId }: SoapCall, body: string): (() => void) | undefined {
    if (method !== 'RetrievePropertiesEx') return undefined;
    if (!body.includes('<path>view</path>')) {
      if (reads(body, 2, OF_FOUND)) this.#found(body);
      return undefined;
    }
    return reads(body, 4, OF_ALL) ? this.#begin(operationId) : undefined;
  }

  /** A read that failed on its way is sent again with its id: it is of the same scan. */
  #begin(id: string | undefined): () => void {
    const last = this.all.at(-1);
    const isNew = last === undefined || id === undefined || id !== this.#lastId;
    const scan = isNew ? { from: Date.now(), to: Date.now(), foundAt: new Map<string, number>() } : last;
    if (isNew) this.all.push(scan);
    this.#lastId = id;
    return () => {
      scan.to = Date.now();
    };
  }

  #found(body: string): void {
    const scan = this.all.at(-1);
    for (const [, moRef = ''] of body.matchAll(/<obj type="VirtualMachine">([^<]*)<\/obj>/g))
      scan?.foundAt.set(moRef, Date.now());
  }
}
