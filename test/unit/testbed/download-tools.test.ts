// A machine without Go takes Kubernetes' own releases: checked, resumed where they stopped, and only after the environment, the
// cache and Go have been asked. The server here has the same paths as the official ones.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Progress } from '../../../src/testbed/progress/progress.ts';
import { silentProgress } from '../../../src/testbed/progress/progress.ts';
import { ensureTools } from '../../../src/testbed/tools/ensure-tools.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { pathOf } from '../../support/path-of.ts';
import { startReleaseServer } from '../../support/release-server.ts';
import type { Asked, ReleaseServer } from '../../support/release-server.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();
let server: ReleaseServer;
let count = 0;
let environment: Record<string, string>;

beforeEach(async () => {
  server = await startReleaseServer(directory);
  count += 1;
  const PATH = pathOf(directory, ['tar', 'gzip']);
  const XDG_CACHE_HOME = join(directory, `cache-${count}`);
  environment = { PATH, XDG_CACHE_HOME, KUBERNETES_MIRROR: server.url, ETCD_MIRROR: server.url };
});

afterEach(() => server.close());

function ensure(options: { progress?: Progress; signal?: AbortSignal } = {}): ReturnType<typeof ensureTools<'k8s'>> {
  return ensureTools(['k8s'], { environment, progress: silentProgress, ...options });
}

function path(tool: string): string {
  return server.paths[tool] ?? '';
}

function requests(tool: string): readonly Asked[] {
  return server.asked.filter((asked) => asked.path === path(tool));
}

function toolsFolder(): string {
  return join(environment['XDG_CACHE_HOME'] ?? '', 'linked-clone-operator', 'tools');
}

function partSize(tool: string): number | undefined {
  const partial = cached().find((name) => name.endsWith('.partial')) ?? '';
  return statSync(join(toolsFolder(), partial, `${tool}.part`), { throwIfNoEntry: false })?.size;
}

function cached(): readonly string[] {
  return existsSync(toolsFolder()) ? readdirSync(toolsFolder()) : [];
}

describe('tools on a machine without Go', () => {
  it('are downloaded once, with progress, and work', async () => {
    const details: string[] = [];
    const step: Progress['step'] = (text) => ({
      detail: (more) => void details.push(`${text}: ${more}`),
      end: () => undefined,
    });
    const tools = await ensure({ progress: { ...silentProgress, step } });
    const said = Object.values(tools).map((file) => execFileSync(file, { encoding: 'utf8' }).trim());
    expect(said.toSorted()).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);
    expect(details.some((line) => /downloading k8s tools: kubectl, 2 of 4, 0 of 0 MB/.test(line))).toBe(true);
    expect(cached()).toEqual([expect.stringMatching(/^k8s-[0-9a-f]{16}$/)]);
    const before = server.asked.length;
    await ensure();
    expect(server.asked).toHaveLength(before);
  });

  it('come whole though every connection breaks off', async () => {
    for (const file of Object.values(server.paths)) server.breakOff(file, (server.files.get(file)?.length ?? 0) >> 1);
    const tools = await ensure();
    for (const tool of Object.values(tools)) execFileSync(tool);
    for (const tool of Object.keys(server.paths)) expect(requests(tool).length).toBeGreaterThan(1);
  });

  it('go on in the next run where this one was interrupted, at once, and no byte comes twice', async () => {
    const stop = new AbortController();
    server.fallSilent(path('kube-apiserver'), 5000);
    const ensuring = ensure({ signal: stop.signal });
    ensuring.catch(() => undefined);
    await waitUntil('a part of the API server to arrive', () => partSize('kube-apiserver') === 5000);
    const at = performance.now();
    stop.abort(new Error('enough'));
    await expect(ensuring).rejects.toThrow('enough');
    expect(performance.now() - at).toBeLessThan(2000);
    expect(cached()).toEqual([expect.stringMatching(/\.partial$/)]);
    await ensure();
    expect(requests('kube-apiserver').map(({ range }) => range)).toEqual([undefined, 'bytes=5000-']);
    for (const tool of Object.keys(server.paths)) {
      const sent = requests(tool).reduce((sum, asked) => sum + asked.sent, 0);
      expect(sent).toBe(server.files.get(path(tool))?.length);
    }
    expect(cached()).toEqual([expect.stringMatching(/^k8s-[0-9a-f]{16}$/)]);
  });

  it('are refused when they differ from the published checksum, and leave nothing', async () => {
    server.files.set(path('kubectl'), Buffer.from('something else'));
    await expect(ensure()).rejects.toMatchObject({
      name: 'ToolsError',
      message: expect.stringMatching(
        /\/kubectl doesn't have its published checksum [0-9a-f]{64}: thrown away\n.*Go 1\.26/,
      ),
    });
    expect(cached()).toEqual([expect.stringMatching(/\.partial$/)]);
    expect(readdirSync(join(toolsFolder(), cached()[0] ?? ''))).toEqual(['etcd']);
  });

  it('are taken anew when what an earlier run left is of something else', async () => {
    server.breakOff(path('kubectl'), 10);
    server.files.set(`${path('kubectl')}.sha256`, Buffer.from('0'.repeat(64)));
    await expect(ensure()).rejects.toThrow('checksum');
    await server.close();
    server = await startReleaseServer(directory);
    Object.assign(environment, { KUBERNETES_MIRROR: server.url, ETCD_MIRROR: server.url });
    writeFileSync(join(toolsFolder(), cached()[0] ?? '', 'kubectl.part'), 'torn');
    const { kubectl } = await ensure();
    expect(execFileSync(kubectl, { encoding: 'utf8' })).toBe('kubectl\n');
  });

  it('name what is missing where the server lacks it', async () => {
    server.files.delete(path('kube-controller-manager'));
    await expect(ensure()).rejects.toMatchObject({
      message: expect.stringMatching(
        /kube-controller-manager was answered with 404\n.*install Go 1\.26.*KUBEBUILDER_ASSETS/,
      ),
    });
  });

  it('are not downloaded where the environment names them', async () => {
    const assets = join(directory, 'assets');
    mkdirSync(assets, { recursive: true });
    for (const tool of Object.keys(server.paths)) writeFileSync(join(assets, tool), '#!/bin/sh\n', { mode: 0o755 });
    environment['KUBEBUILDER_ASSETS'] = assets;
    await ensure();
    expect(server.asked).toEqual([]);
  });

  it('are not downloaded where there is Go, and taken from a download that is there already', async () => {
    const go = join(directory, 'go');
    mkdirSync(go, { recursive: true });
    writeFileSync(
      join(go, 'go'),
      '#!/bin/sh\n[ "$1" = env ] && echo go1.26.8 && exit 0\necho asked to build >&2\nexit 1\n',
      {
        mode: 0o755,
      },
    );
    const plain = environment['PATH'] ?? '';
    environment['PATH'] = `${go}:${plain}`;
    await expect(ensure()).rejects.toThrow('asked to build');
    expect(server.asked).toEqual([]);
    environment['PATH'] = plain;
    const downloaded = await ensure();
    environment['PATH'] = `${go}:${plain}`;
    await expect(ensure()).resolves.toEqual(downloaded);
  });
});
