// The spec of a run's VCenter: behind the proxy, with everything allowed below one folder.
import type { VCenterProxy } from './vcenter-proxy.ts';

export function vCenterSpec({ server, thumbprint }: VCenterProxy): Record<string, unknown> {
  return {
    server: server,
    tls: { thumbprint: thumbprint },
    credentialsSecretRef: { name: 'vc-credentials' },
    datacenter: 'DC0',
    access: [
      {
        namespaces: { names: ['*'] },
        parents: ['*'],
        folders: ['Labs/{namespace}', 'Labs/*'],
        resourcePools: ['*'],
        datastores: ['*'],
      },
    ],
  };
}
