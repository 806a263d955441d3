// Everything that `--state` keeps: the database, what is on datastores and hosts, and where counters and random numbers are.
import type { Model } from '../inventory/model-state.ts';
import type { DiskFile } from '../disks/disk-file.ts';
import type { StoredFile } from '../disks/stored-file.ts';
import type { SavedLeases } from '../guest/dhcp-leases.ts';
import type { SavedIdentities } from '../inventory/identities.ts';
import type { OutsideHost } from '../inventory/outside-hosts.ts';
import { versionCount } from '../vm/touch-config.ts';
import type { Vm } from '../vm/vm.ts';
import { saveDatabase } from './database.ts';
import type { Database } from './database.ts';
import { encodeGraph } from './encode-graph.ts';
import type { Graph } from './encode-graph.ts';

export interface SavedVolume {
  readonly value: string;
  readonly name: string;
  readonly capacityBytes: number;
  readonly isAccessible: boolean;
  readonly folders: readonly string[];
  /** MoRef values. */
  readonly hosts: readonly string[];
}

/** What is a graph, as it is before it is encoded. */
export interface Contents {
  readonly database: Database;
  readonly unregistered: readonly Vm[];
  readonly outside: readonly OutsideHost[];
  readonly files: readonly StoredFile[];
  readonly disks: readonly DiskFile[];
  readonly identities: SavedIdentities;
  readonly leases: SavedLeases;
  readonly random: { readonly durations: number; readonly choices: number; readonly versions: number };
  readonly conditions: readonly {
    readonly name: string;
    readonly type: string;
    readonly value: string;
    readonly endsAt: number | undefined;
  }[];
}

/** JSON. */
export interface SavedState {
  /** Simulated time, ms since 1970. */
  readonly time: number;
  readonly volumes: readonly SavedVolume[];
  readonly graph: Graph;
}

export function saveState(model: Model): SavedState {
  const volumes = [...model.volumes.all];
  const contents: Contents = {
    database: saveDatabase(model),
    unregistered: [...model.vms.unregistered],
    outside: [...model.outside.all],
    files: volumes.flatMap((volume) => [...volume.files]),
    disks: [...model.disks.all],
    identities: model.identities.save(),
    leases: model.dhcp.save(),
    random: {
      durations: model.durations.random.state,
      choices: model.random.state,
      versions: versionCount(model),
    },
    conditions: model.world.conditions
      .list()
      .map(({ name, object: { type, value }, endsAt }) => ({ name, type, value, endsAt })),
  };
  return {
    time: model.world.clock.now(),
    volumes: volumes.map((volume) => ({
      value: volume.ref.value,
      name: volume.name,
      capacityBytes: volume.capacityBytes,
      isAccessible: volume.isAccessible,
      folders: volume.madeFolders,
      hosts: model.volumes.hostsOf(volume),
    })),
    graph: encodeGraph(contents),
  };
}
