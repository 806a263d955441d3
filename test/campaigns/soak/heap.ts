// The heap of a running operator after a forced collection, through Node's inspector: it's opened by SIGUSR1 on a port that
// the process says in its log. And the slope of such figures, with its 95 % interval.

export interface HeapSample {
  /** Hours since the first. */
  readonly hours: number;
  readonly megabytes: number;
}

interface Answer {
  readonly id: number;
  readonly result?: { readonly usedSize?: number };
}

/** Address of the inspector in what the process wrote. */
export function inspectorUrl(log: string): string | undefined {
  return /Debugger listening on (ws:\/\/\S+)/.exec(log)?.[1];
}

/** Megabytes in use once everything that nobody needs is gone. */
export async function heapAfterCollection(url: string): Promise<number> {
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new Error(`${url} doesn't answer`)), { once: true });
  });
  let last = 0;
  const call = (method: string): Promise<Answer> =>
    new Promise((resolve) => {
      last += 1;
      const id = last;
      const onMessage = (event: MessageEvent): void => {
        const answer = JSON.parse(String(event.data)) as Answer;
        if (answer.id !== id) return;
        socket.removeEventListener('message', onMessage);
        resolve(answer);
      };
      socket.addEventListener('message', onMessage);
      socket.send(JSON.stringify({ id, method }));
    });
  try {
    await call('HeapProfiler.collectGarbage');
    await call('HeapProfiler.collectGarbage');
    return ((await call('Runtime.getHeapUsage')).result?.usedSize ?? Number.NaN) / 2 ** 20;
  } finally {
    socket.close();
  }
}

export interface Slope {
  /** Megabytes an hour. */
  readonly perHour: number;
  /** Upper end of its 95 % interval. */
  readonly atMost: number;
}

/** By least squares. Student's t for many samples is near 2. */
export function slopeOf(samples: readonly HeapSample[]): Slope {
  const n = samples.length;
  const mean = (pick: (sample: HeapSample) => number): number =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / n;
  const [x, y] = [mean(({ hours }) => hours), mean(({ megabytes }) => megabytes)];
  const sxx = samples.reduce((sum, { hours }) => sum + (hours - x) ** 2, 0);
  const sxy = samples.reduce((sum, { hours, megabytes }) => sum + (hours - x) * (megabytes - y), 0);
  const perHour = sxy / sxx;
  const rest = samples.reduce((sum, { hours, megabytes }) => sum + (megabytes - y - perHour * (hours - x)) ** 2, 0);
  const error = Math.sqrt(rest / Math.max(1, n - 2) / sxx);
  return { perHour, atMost: perHour + 2 * error };
}
