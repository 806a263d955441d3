// The spec of the VCenter that tests use: everything is allowed below one folder.

export interface Endpoint {
  /** `host:port`. */
  readonly server: string;
  readonly thumbprint: string;
}

/** Every namespace may use everything, and make clones below Labs. */
export const OPEN_ACCESS = {
  namespaces: { names: ['*'] },
  parents: ['*'],
  folders: ['Labs/{namespace}', 'Labs/*'],
  resourcePools: ['*'],
  datastores: ['*'],
} as const;

export function vCenterSpec({ server, thumbprint }: Endpoint): Record<string, unknown> {
  return {
    server,
    tls: { thumbprint },
    credentialsSecretRef: { name: 'vc-credentials' },
    datacenter: 'DC0',
    access: [OPEN_ACCESS],
  };
}
