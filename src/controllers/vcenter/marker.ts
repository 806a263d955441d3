// The ownership marker: what a VM of ours carries in config.extraConfig, written inside the CloneVM call. Guests and
// tenants can write `guestinfo.*` only, so the key is outside of it. A VM is ours when the marker names this cluster and
// the CR's UID *and* the marker's instanceUuid is the VM's own: somebody's clone of our clone copies the marker, never the uuid.

export interface Marker {
  /** UID of the namespace kube-system. */
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** UID of the LinkedClone. */
  readonly uid: string;
  readonly instanceUuid: string;
  /** Set when the operator let go of the VM. */
  readonly state?: 'retained' | 'released';
}

export function formatMarker(marker: Marker): string {
  return JSON.stringify(marker);
}

/** The marker in an extraConfig value; undefined when it isn't one of ours. */
export function parseMarker(text: unknown): Marker | undefined {
  if (typeof text !== 'string' || !text.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // somebody else's text under our key is simply no marker
  }
  const { cluster, namespace, name, uid, instanceUuid, state } = value as Record<string, unknown>;
  const strings = [cluster, namespace, name, uid, instanceUuid];
  if (!strings.every((part) => typeof part === 'string')) return undefined;
  const marker = { cluster, namespace, name, uid, instanceUuid } as Marker;
  return state === 'retained' || state === 'released' ? { ...marker, state } : marker;
}

export type Ownership = 'ours' | 'copy' | 'other';

/** Whose VM it is, seen from the LinkedClone `uid` in cluster `cluster`. 'copy': our marker on another VM. */
export function ownershipOf(
  vm: { marker: Marker | undefined; instanceUuid: string | undefined },
  cluster: string,
  uid: string,
): Ownership {
  if (vm.marker?.cluster !== cluster || vm.marker.uid !== uid) return 'other';
  return vm.marker.instanceUuid === vm.instanceUuid ? 'ours' : 'copy';
}
