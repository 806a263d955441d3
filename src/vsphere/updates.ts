// What a client tells about changes in vCenter: one property collector of our own, one long poll, for the virtual machines
// of the watched folders, for single objects and for tasks. Every batch is one answer of the poll, all its pages merged, so
// a listener never sees half of a change.
import type { VSphereError } from './faults.ts';
import type { MoRef } from './mo-ref.ts';

export interface ObjectChange {
  readonly ref: MoRef;
  /** `leave`: deleted, unregistered, moved out of the watched folders, or no longer visible to us. Not proof of a deletion. */
  readonly change: 'upsert' | 'leave';
  /** All watched properties as they are now; at a `leave` as they were last. Unset ones are absent. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Watched properties that can't be read, with the reason. */
  readonly missing: Readonly<Record<string, VSphereError>>;
}

/** The part of TaskInfo that matters here; times as vCenter writes them (ISO 8601). */
export interface TaskInfo {
  readonly key: string;
  readonly state: 'queued' | 'running' | 'success' | 'error';
  readonly descriptionId: string;
  readonly queueTime: string;
  readonly startTime?: string;
  readonly completeTime?: string;
  /** The object that the task works on; for a clone that is its source. */
  readonly entity?: MoRef;
  /** With state `error`. */
  readonly error?: VSphereError;
  /** The object that the task made, if any. */
  readonly result?: MoRef;
}

/** `gone`: vCenter doesn't know the task any more, so its outcome is unknown. */
export type TaskState =
  { readonly ref: MoRef; readonly gone: false; readonly info: TaskInfo } | { readonly ref: MoRef; readonly gone: true };

export interface UpdateBatch {
  /** Virtual machines of the watched folders. */
  readonly vms: readonly ObjectChange[];
  /** Objects that are watched by themselves. */
  readonly objects: readonly ObjectChange[];
  /** Tracked tasks that changed. A task is reported to its end (success, error, gone) and then dropped. */
  readonly tasks: readonly TaskState[];
  /**
   * True when the watch was set up anew: `vms` and `objects` are then complete, with a `leave` for what vanished meanwhile; with
   * an `upsert` of what it was before for what nobody can say of, because something can't be looked into.
   */
  readonly resynced: boolean;
}

export interface UpdateStream {
  /**
   * Watches the virtual machines in and below the folders, from now on; the paths are fixed by the first call. Before
   * `start` it resolves at once; later when the machines have been delivered to the listeners. Rejects where a folder
   * can't be watched (not found, no permission); that folder is then not watched.
   */
  watchFolders(folders: readonly MoRef[], vmPaths: readonly string[]): Promise<void>;
  /** Watches single objects, in addition to those before; the paths of a managed type are fixed by the first call for it. */
  watchObjects(refs: readonly MoRef[], paths: readonly string[]): Promise<void>;
  unwatchObjects(refs: readonly MoRef[]): void;
  /**
   * Whether what was told last of this virtual machine may be acted upon. Not from a login until the watch is set up in its
   * session: a vCenter that was restored meanwhile may have given the reference to another machine. Nor when it wasn't found
   * by a set-up anew that couldn't look into all folders: it's kept and told once more, and may be gone.
   */
  isCurrent(vm: MoRef): boolean;
  /**
   * Reports on a task until it has ended, whoever started it and whenever. From `URGENCY.soon` (the default) up its end is
   * told as soon as it's seen together with those of the same moment; below it may wait some tenths of a second for more.
   */
  trackTask(task: MoRef, options?: { readonly urgency?: number }): void;
  /** Calls the listener for each batch; the returned function ends that. */
  onBatch(listener: (batch: UpdateBatch) => void): () => void;
  /** Calls the listener whenever `failure` comes or goes; the returned function ends that. */
  onFailureChange(listener: (failure: Error | undefined) => void): () => void;
  /** Why nothing is delivered at the moment; undefined while the poll works and before the start. */
  readonly failure: Error | undefined;
  /** Changes are told as they come: not before the watch is set up, nor from the moment it breaks until it's set up anew. */
  readonly isDelivering: boolean;
  /** Monotonic milliseconds of the poll's last answer (an empty one counts); of the start before the first. */
  readonly lastContact: number;
  /** Starts the poll; it goes on, through every failure, until the signal fires or the client is closed. */
  start(signal?: AbortSignal): void;
}
