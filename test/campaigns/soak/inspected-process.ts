// A running Node process seen through its inspector, which SIGUSR1 opens on a port that the process writes to its log: its
// heap after a forced collection, its timers and handles; and its sockets, as the kernel counts them.
import { readFile, readdir, readlink } from 'node:fs/promises';
import { waitUntil } from '../../../src/testbed/wait-until.ts';

interface Answer {
  readonly id: number;
  readonly result?: { readonly usedSize?: number; readonly result?: { readonly value?: unknown } };
}

export interface Vitals {
  /** In use once everything that nobody needs is gone. */
  readonly megabytes: number;
  readonly timers: number;
  /** Whatever keeps the event loop alive, timers left out: sockets, pipes, servers, requests. */
  readonly handles: number;
  /** Open ones of the process. */
  readonly sockets: number;
}

/** Address of the inspector in what the process wrote; the last one, where it was opened again. */
export function inspectorUrl(log: string): string | undefined {
  return [...log.matchAll(/Debugger listening on (ws:\/\/\S+)/g)].at(-1)?.[1];
}

export class InspectedProcess {
  readonly pid: number;
  readonly #url: string;

  private constructor(pid: number, url: string) {
    this.pid = pid;
    this.#url = url;
  }

  /** `logFile`: where that process, and no other, writes. */
  static async open(pid: number, logFile: string): Promise<InspectedProcess> {
    process.kill(pid, 'SIGUSR1');
    const url = await waitUntil('the inspector', async () => inspectorUrl(await readFile(logFile, 'utf8')));
    return new InspectedProcess(pid, url);
  }

  async vitals(): Promise<Vitals> {
    const socket = new WebSocket(this.#url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('error', () => reject(new Error(`${this.#url} doesn't answer`)), { once: true });
    });
    let last = 0;
    const call = (method: string, params = {}): Promise<Answer> =>
      new Promise((resolve, reject) => {
        last += 1;
        const id = last;
        const onMessage = (event: MessageEvent): void => {
          const answer = JSON.parse(String(event.data)) as Answer;
          if (answer.id !== id) return;
          socket.removeEventListener('message', onMessage);
          resolve(answer);
        };
        socket.addEventListener('message', onMessage);
        socket.addEventListener('close', () => reject(new Error(`${this.#url} closed`)), { once: true });
        socket.send(JSON.stringify({ id, method, params }));
      });
    try {
      await call('HeapProfiler.collectGarbage');
      await call('HeapProfiler.collectGarbage');
      const heap = await call('Runtime.getHeapUsage');
      const resources = await call('Runtime.evaluate', {
        expression: 'process.getActiveResourcesInfo()',
        returnByValue: true,
      });
      const active = resources.result?.result?.value as readonly string[];
      const timers = active.filter((kind) => kind === 'Timeout' || kind === 'Immediate').length;
      return {
        megabytes: (heap.result?.usedSize ?? Number.NaN) / 2 ** 20,
        timers,
        handles: active.length - timers,
        sockets: await this.#sockets(),
      };
    } finally {
      socket.close();
    }
  }

  async #sockets(): Promise<number> {
    const folder = `/proc/${this.pid}/fd`;
    // one that is closed between the two calls counts as closed
    const targets = await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')));
    return targets.filter((target) => target.startsWith('socket:')).length;
  }
}
