// The HTTP endpoints of the operator on a real socket: what each path answers, in which state, to which method.
import { afterEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import type { TelemetryServer, TelemetrySources } from '../../../src/telemetry/server.ts';
import { startTelemetryServer } from '../../../src/telemetry/server.ts';

let server: TelemetryServer | undefined;

async function serve(sources: Partial<TelemetrySources> = {}, listen = '127.0.0.1:0'): Promise<string> {
  server = await startTelemetryServer(listen, {
    metrics: createMetrics(['linked-clone']),
    notReady: () => [],
    progress: () => ({ sets: [] }),
    refresh: () => undefined,
    ...sources,
  });
  return server.url;
}

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('the telemetry server', () => {
  it('says that the process answers', async () => {
    const response = await fetch(`${await serve()}/healthz`);
    expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is ready only while nothing is missing, and says what is', async () => {
    const missing = ['the cache of LinkedClone has not been read', 'the watch of VCenter is down'];
    const url = await serve({ notReady: () => missing });
    const before = await fetch(`${url}/readyz`);
    expect([before.status, await before.text()]).toEqual([503, `${missing.join('\n')}\n`]);
    missing.length = 0;
    const after = await fetch(`${url}/readyz?verbose`);
    expect([after.status, await after.text()]).toEqual([200, 'ok\n']);
  });

  it('is alive while it is not ready', async () => {
    const url = await serve({ notReady: () => ['nothing works'] });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('brings the gauges up to date before each scrape', async () => {
    const metrics = createMetrics(['linked-clone']);
    let scrapes = 0;
    const url = await serve({ metrics, refresh: () => metrics.clones.set({ state: 'Ready' }, (scrapes += 1)) });
    for (const expected of [1, 2]) {
      const response = await fetch(`${url}/metrics`);
      expect(response.headers.get('content-type')).toContain('text/plain');
      expect(await response.text()).toContain(`linkedclone_clones{state="Ready"} ${expected}\n`);
    }
  });

  it('tells what it is doing as one line of JSON', async () => {
    const response = await fetch(`${await serve({ progress: () => ({ sets: [{ name: 'lab' }] }) })}/progress`);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe('{"sets":[{"name":"lab"}]}\n');
  });

  it.each(['/', '/nope', '/metrics/', '//metrics'])('answers 404 for %s and says what there is', async (path) => {
    const response = await fetch(`${await serve()}${path}`);
    expect([response.status, await response.text()]).toEqual([
      404,
      'here are /metrics, /healthz, /readyz and /progress\n',
    ]);
  });

  it.each(['POST', 'PUT', 'DELETE'])('refuses %s', async (method) => {
    const response = await fetch(`${await serve()}/metrics`, { method });
    expect([response.status, await response.text(), response.headers.get('allow')]).toEqual([
      405,
      'only GET\n',
      'GET, HEAD',
    ]);
  });

  it.each([
    ['/healthz', 200],
    ['/readyz', 503],
    ['/nope', 404],
  ])('answers HEAD %s with %i and no body', async (path, status) => {
    const response = await fetch(`${await serve({ notReady: () => ['not yet'] })}${path}`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([status, '']);
  });

  it('answers 500 with the sentence when a source fails, and goes on', async () => {
    const url = await serve({
      progress: () => {
        throw new Error('no progress to tell');
      },
    });
    const response = await fetch(`${url}/progress`);
    expect([response.status, await response.text()]).toEqual([500, 'no progress to tell\n']);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('rejects when the port is taken', async () => {
    const url = await serve();
    const taken = startTelemetryServer(new URL(url).host, {
      metrics: createMetrics([]),
      notReady: () => [],
      progress: () => ({}),
      refresh: () => undefined,
    });
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('ends with connections open, also when it is closed twice', async () => {
    const url = await serve();
    await fetch(`${url}/healthz`); // keep-alive: the connection stays open
    await server?.close();
    await server?.close();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  });
});
