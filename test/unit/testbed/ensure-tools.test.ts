// Where tools come from: variables are obeyed or refused, a machine without Go is told what to do.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { toolsCacheDirectory } from '../../../src/testbed/tools/cache-directory.ts';
import { ensureTools } from '../../../src/testbed/tools/ensure-tools.ts';
import { ETCD_VERSION, KUBERNETES_VERSION, PRODUCTS } from '../../../src/testbed/tools/products.ts';
import type { ToolsByProduct } from '../../../src/testbed/tools/tool-paths.ts';
import { silentProgress } from '../../../src/testbed/progress/progress.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();
const NOWHERE = 'http://127.0.0.1:9';
const withoutGo = {
  PATH: join(directory, 'empty'),
  XDG_CACHE_HOME: join(directory, 'cache'),
  KUBERNETES_MIRROR: NOWHERE,
  ETCD_MIRROR: NOWHERE,
};

function makeExecutables(folder: string, names: readonly string[]): string {
  const path = join(directory, folder);
  mkdirSync(path, { recursive: true });
  for (const name of names) {
    writeFileSync(join(path, name), '#!/bin/sh\n');
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

describe('ensureTools', () => {
  it('takes what the environment names, without Go and without a cache', async () => {
    const assets = makeExecutables('assets', ['etcd', 'kubectl', 'kube-apiserver', 'kube-controller-manager']);
    const vsphere = makeExecutables('vsphere', ['my-vcsim', 'my-govc']);
    const overrides = { KUBEBUILDER_ASSETS: assets, VCSIM: join(vsphere, 'my-vcsim'), GOVC: join(vsphere, 'my-govc') };
    const environment = { ...withoutGo, ...overrides };
    const paths = await ensureTools(['k8s', 'vsphere'], { environment, progress: silentProgress });
    expect(paths).toEqual({
      etcd: join(assets, 'etcd'),
      kubectl: join(assets, 'kubectl'),
      kubeApiserver: join(assets, 'kube-apiserver'),
      kubeControllerManager: join(assets, 'kube-controller-manager'),
      vcsim: join(vsphere, 'my-vcsim'),
      govc: join(vsphere, 'my-govc'),
    });
    expect(existsSync(withoutGo.XDG_CACHE_HOME)).toBe(false);
  });

  it('refuses a folder that lacks a tool, and names the file', async () => {
    const assets = makeExecutables('without-manager', ['etcd', 'kubectl', 'kube-apiserver']);
    const environment = { ...withoutGo, KUBEBUILDER_ASSETS: assets };
    const ensuring = ensureTools(['k8s'], { environment, progress: silentProgress });
    await expect(ensuring).rejects.toMatchObject({
      name: 'ToolsError',
      message: expect.stringMatching(/KUBEBUILDER_ASSETS .*without-manager\/kube-controller-manager/),
    });
  });

  it.each([
    ['k8s', /Go 1\.26 or newer.*KUBEBUILDER_ASSETS.*etcd, kubectl, kube-apiserver, kube-controller-manager/],
    ['vsphere', /Go 1\.26 or newer.*VCSIM.*GOVC/],
    ['helm', /Go 1\.26 or newer.*HELM to a helm binary and HELM3 to a helm3 binary/],
    ['kubelet', /Go 1\.26 or newer.*KUBE_SCHEDULER.*KUBELET/],
    ['argocd', /Go 1\.26 or newer.*ARGOCD.*ARGOCD_LUA/],
    ['kstatus', /Go 1\.26 or newer.*KSTATUS/],
    ['kube-score', /Go 1\.26 or newer.*KUBE_SCORE/],
  ] as const)('says for %s what to install or set on a machine without Go', async (product, message) => {
    const ensuring = ensureTools([product], { environment: withoutGo, progress: silentProgress });
    await expect(ensuring).rejects.toMatchObject({ name: 'ToolsError', message: expect.stringMatching(message) });
  });

  it('says all that is lacking at once, before it downloads anything', async () => {
    const ensuring = ensureTools(['k8s', 'vsphere', 'kstatus'], { environment: withoutGo, progress: silentProgress });
    await expect(ensuring).rejects.toMatchObject({ message: expect.stringMatching(/VCSIM.*\n.*KSTATUS/) });
    await expect(ensuring).rejects.not.toMatchObject({ message: expect.stringContaining('127.0.0.1') });
  });

  it('has exactly the tools that the interfaces name', () => {
    const named: ToolsByProduct = {
      k8s: { etcd: '', kubectl: '', kubeApiserver: '', kubeControllerManager: '' },
      vsphere: { vcsim: '', govc: '' },
      helm: { helm: '', helm3: '' },
      kubelet: { kubeScheduler: '', kubelet: '', pause: '' },
      argocd: { argocd: '', argocdLua: '' },
      kstatus: { kstatus: '' },
      'kube-score': { kubeScore: '' },
    };
    const keys = Object.entries(PRODUCTS).map(([name, { tools }]) => [name, tools.map(({ key }) => key).toSorted()]);
    expect(Object.fromEntries(keys)).toEqual(
      Object.fromEntries(Object.entries(named).map(([name, tools]) => [name, Object.keys(tools).toSorted()])),
    );
  });

  it('has the versions that the module files pin', () => {
    const pinned = readFileSync(join(PRODUCTS.k8s.directory, 'go.mod'), 'utf8');
    expect(pinned).toContain(`k8s.io/kubernetes v${KUBERNETES_VERSION} `);
    expect(pinned).toContain(`go.etcd.io/etcd/server/v3 v${ETCD_VERSION} `);
    expect(readFileSync(join(PRODUCTS.kubelet.directory, 'go.mod'), 'utf8')).toContain(
      `k8s.io/kubernetes v${KUBERNETES_VERSION} `,
    );
  });
});

describe('cache folder', () => {
  it('follows XDG_CACHE_HOME when that is absolute', () => {
    expect(toolsCacheDirectory({ XDG_CACHE_HOME: '/var/cache/me' })).toBe('/var/cache/me/linked-clone-operator/tools');
    expect(toolsCacheDirectory({ XDG_CACHE_HOME: 'relative' })).toMatch(
      /^\/.*\/\.cache\/linked-clone-operator\/tools$/,
    );
    expect(toolsCacheDirectory({})).toMatch(/^\/.*\/\.cache\/linked-clone-operator\/tools$/);
  });
});
